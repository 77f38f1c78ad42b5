"""Attacks on JSON and byte handling: hash floods, expansion, byte order marks, canonical equivalence, truncated texts."""

import itertools
import json
import threading
import time
import unicodedata
from urllib.parse import quote

from server import Server

# Marks of different classes, so that all orders are canonically equivalent.
CLASSES = ["\u0327", "\u0323", "\u0301", "\u0345", "\u031b", "\u0334", "\u05b0", "\u05b1", "\u05b2"]


def colliding_keys(count):
    keys = []
    for order in itertools.permutations(CLASSES):
        keys.append("a" + "".join(order))
        if len(keys) == count:
            return keys
    return keys


def flood(count=20000):
    return json.dumps({key: 1 for key in colliding_keys(count)}, ensure_ascii=False).encode()


def attack_hash_flood():
    with Server() as server:
        key = server.tenant("acme")
        body = b'{"query":"x","filter":' + flood() + b"}"
        plain = json.dumps({"query": "x", "filter": {f"key{i:018}": 1 for i in range(20000)}}).encode()

        def cost(data, path="/v1/search", method="POST"):
            before = server.cpu()
            status, _, _ = server.ask(method, path, key, data, {"Content-Type": "application/json"}, timeout=120)
            return server.cpu() - before, status

        cost(plain)
        ascii_cost, _ = cost(plain)
        hostile, status = cost(body)
        yield "480 KB of colliding keys cost no more than ASCII keys", hostile < 10 * max(ascii_cost, 0.02), f"{hostile:.2f} s against {ascii_cost:.2f} s, status {status}"
        done = []
        big = b'{"query":"x","filter":[' + b",".join([flood()] * 8) + b"]}"
        threads = [threading.Thread(target=lambda: done.append(server.ask("POST", "/v1/search", key, big[: 4 << 20], {"Content-Type": "application/json"}, timeout=120)[0])) for _ in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(0.1)
        begun = time.monotonic()
        health, _, _ = server.ask("GET", "/health/live", timeout=60)
        slow = time.monotonic() - begun
        yield "health responds during three floods", health == 200 and slow < 1, f"{health} after {slow:.2f} s"
        for thread in threads:
            thread.join()
        statuses = set()
        for number in range(40):
            document = {"id": f"d{number}", "text": f"harbour {number}", "metadata": {k: number for k in colliding_keys(20000)[number:number + 3000]}}
            statuses.add(server.ask("POST", "/v1/documents?wait=true", key, document, timeout=120)[0])
        before = server.cpu()
        status, _ = server.json("POST", "/v1/search", key, {"query": "harbour", "limit": 40, "filter": {"key": "year", "op": "eq", "value": 1}}, timeout=120)
        status, _ = server.json("POST", "/v1/search", key, {"query": "harbour", "limit": 40}, timeout=120)
        spent = server.cpu() - before
        yield "documents with such metadata do not slow searches", spent < 1, f"{spent:.2f} s, uploads {statuses}, search {status}"
        mcp = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search", "arguments": json.loads(flood())}}
        before = server.cpu()
        status, _, _ = server.ask("POST", "/mcp", key, json.dumps(mcp, ensure_ascii=False).encode(), {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}, timeout=120)
        spent = server.cpu() - before
        yield "documents with such metadata do not slow searches over MCP", spent < 1, f"{spent:.2f} s, status {status}"
        words = " ".join(colliding_keys(30000))
        before = server.cpu()
        status, _ = server.json("POST", "/v1/documents?wait=true", key, {"id": "words", "text": words}, timeout=300)
        spent = server.cpu() - before
        plain_words = " ".join(f"word{i:06}abcdefg" for i in range(30000))
        before = server.cpu()
        server.json("POST", "/v1/documents?wait=true", key, {"id": "plain", "text": plain_words}, timeout=300)
        server.json("POST", "/v1/search", key, {"query": "harbour", "mode": "lexical"}, timeout=300)
        beside = server.cpu() - before
        yield "a text of colliding words costs no more than other words", spent < 8 * beside, f"{spent:.2f} s against {beside:.2f} s, status {status}"


def attack_json_expansion():
    with Server() as server:
        key = server.tenant("acme")
        before, peak = server.rss(), 0
        body = b'{"text":"x","metadata":{"a":[' + b",".join([b"0"] * (15 << 20)) + b"]}}"
        result = []
        thread = threading.Thread(target=lambda: result.append(server.ask("POST", "/v1/documents", key, body, {"Content-Type": "application/json"}, timeout=120)[0]))
        thread.start()
        while thread.is_alive():
            peak = max(peak, server.rss())
            time.sleep(0.01)
        yield "30 MiB of zeros stay below 200 MB", peak - before < 200, f"+{peak - before:.0f} MB, status {result}"
        for name, text in {"objects": b"[" + b",".join([b"{}"] * (10 << 20)) + b"]", "nested": b"[" * 100000, "strings": b"[" + b",".join([b'""'] * (10 << 20)) + b"]"}.items():
            before, peak = server.rss(), 0
            data = b'{"text":"x","metadata":{"a":' + text + b"}}"
            thread = threading.Thread(target=lambda: result.append(server.ask("POST", "/v1/documents", key, data, {"Content-Type": "application/json"}, timeout=120)[0]))
            thread.start()
            while thread.is_alive():
                peak = max(peak, server.rss())
                time.sleep(0.01)
            yield f"many {name} stay below 200 MB", peak - before < 200, f"+{peak - before:.0f} MB, status {result[-1]}"


def attack_bytes_of_ids():
    with Server() as server:
        key = server.tenant("acme")
        put = lambda path, text: server.ask("PUT", path, key, text.encode(), {"Content-Type": "text/plain"})[0]
        yield "upload", put("/v1/documents/a0?wait=true", "the plain one") == 200, ""
        status, _, _ = server.ask("DELETE", "/v1/documents/%EF%BB%BFa0", key)
        still, _, text = server.ask("GET", "/v1/documents/a0/content", key)
        yield "a byte order mark in the path is another document", status == 404 and still == 200, f"{status}, then {still}"
        nfc, nfd = "caf\u00e9", unicodedata.normalize("NFD", "caf\u00e9")
        put(f"/v1/documents/{quote(nfc)}?wait=true", "composed")
        put(f"/v1/documents/{quote(nfd)}?wait=true", "decomposed")
        texts = [server.ask("GET", f"/v1/documents/{quote(name)}/content", key)[2] for name in (nfc, nfd)]
        yield "NFC and NFD are two documents", texts == [b"composed", b"decomposed"], f"{texts}"
        status, answer = server.json("PUT", f"/v1/documents/{quote(nfc)}", key, {"id": nfd, "text": "x"})
        yield "a body with the id of the other document is rejected", status == 400, f"{status} {str(answer)[:120]}"
        server.ask("DELETE", f"/v1/documents/{quote(nfd)}", key)
        status, _, text = server.ask("GET", f"/v1/documents/{quote(nfc)}/content", key)
        yield "deleting one leaves the other", (status, text) == (200, b"composed"), f"{status} {text}"
        for path in ("%FF", "%C0%AF", "%ED%A0%80", "a%", "a%4", "a%zz"):
            status, _, _ = server.ask("GET", f"/v1/documents/{path}", key)
            yield f"the invalid escape {path} is rejected", status in (400, 404), f"{status}"
        message = {"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": "contextd://documents/%EF%BB%BFa0"}}
        status, answer = server.json("POST", "/mcp", key, message, headers={"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"})
        yield "MCP compares URIs by bytes too", "the plain one" not in json.dumps(answer), f"{status} {str(answer)[:120]}"


def attack_cut_text():
    with Server() as server:
        key = server.tenant("acme")
        for name, data in {"two bytes": "caf\u00e9".encode()[:-1], "three bytes": "10 \u20ac".encode()[:-1], "four bytes": "sail \u26f5\U0001f30a".encode()[:-1], "four bytes, one left": "sail \U0001f30a".encode()[:-3]}.items():
            for kind in ("text/plain", "text/markdown", "text/plain; charset=utf-8", "application/octet-stream"):
                status, answer = server.json("PUT", "/v1/documents/cut.txt?wait=true", key, b"A text of the harbour. " + data, headers={"Content-Type": kind})
                text = server.ask("GET", "/v1/documents/cut.txt/content", key)[2].decode("utf-8", "replace") if status == 200 else ""
                bad = any(c in text for c in "\u00c3\u00e2\u00f0\u201a\u0178")
                yield f"{name} as {kind}", (status == 200 and not bad) or status in (400, 422), f"{status} {text[-12:]!r} {(answer or {}).get('code')}"
