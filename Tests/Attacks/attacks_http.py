"""Attacks on HTTP: heads, paths, methods, codings, Host, messages that echo input."""

import json
import time

from server import Server
from sockets import received, status_of


def attack_heads():
    with Server() as server:
        key = server.tenant("acme")
        auth = f"Authorization: Bearer {key}\r\n"
        body = b'{"query":"x"}'
        length = f"Content-Length: {len(body)}\r\nContent-Type: application/json\r\n"
        rows = {
            "no Host": (f"GET /health/live HTTP/1.1\r\n\r\n", [400], True),
            "two Hosts": (f"GET /health/live HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", [400], True),
            "foreign Host": (f"GET /v1/documents HTTP/1.1\r\nHost: evil.example\r\n{auth}\r\n", [421, 400, 403], None),
            "foreign Host on health": (f"GET /openapi.json HTTP/1.1\r\nHost: evil.example\r\n\r\n", [421, 400, 403], None),
            "loopback Host of another port": (f"GET /v1/documents HTTP/1.1\r\nHost: localhost:9999\r\n{auth}\r\n", [200], None),
            "loopback Host of another port on /mcp": (f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:9999\r\n{auth}{length}\r\n" + body.decode(), [200, 400], None),
            "HTTP/1.0": ("GET /health/live HTTP/1.0\r\n\r\n", [200], True),
            "unknown Content-Encoding": (f"POST /v1/search HTTP/1.1\r\nHost: localhost\r\n{auth}{length}Content-Encoding: br\r\n\r\n" + body.decode(), [415], None),
            "unknown Transfer-Encoding": (f"POST /v1/search HTTP/1.1\r\nHost: localhost\r\n{auth}Content-Type: application/json\r\nTransfer-Encoding: snappy, chunked\r\n\r\n0\r\n\r\n", [400, 501], True),
            "both lengths": (f"POST /v1/search HTTP/1.1\r\nHost: localhost\r\n{auth}{length}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", [400], True),
            "two lengths": (f"POST /v1/search HTTP/1.1\r\nHost: localhost\r\n{auth}{length}Content-Length: 3\r\n\r\n" + body.decode(), [400], True),
            "//metrics": ("GET //metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", [404, 400, 301, 308], None),
            "/metrics/": ("GET /metrics/ HTTP/1.1\r\nHost: localhost\r\n\r\n", [404, 400, 301, 308], None),
            "/mcp/": (f"POST /mcp/ HTTP/1.1\r\nHost: localhost\r\n{auth}{length}\r\n" + body.decode(), [200, 400], None),
            "/mcp//": (f"POST /mcp// HTTP/1.1\r\nHost: localhost\r\n{auth}{length}\r\n" + body.decode(), [404, 400, 301, 308], None),
            "/v1/search/": (f"POST /v1/search/ HTTP/1.1\r\nHost: localhost\r\n{auth}{length}\r\n" + body.decode(), [404, 400, 301, 308], None),
            "preflight of a foreign origin": ("OPTIONS /mcp HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\nAccess-Control-Request-Method: POST\r\n\r\n", [403], None),
            "/health//live": ("GET /health//live HTTP/1.1\r\nHost: localhost\r\n\r\n", [404, 400, 301, 308], None),
            "/./metrics": ("GET /./metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", [404, 400, 301, 308], None),
            "TRACE": ("TRACE /v1/documents HTTP/1.1\r\nHost: localhost\r\n\r\n", [405, 501], None),
            "unknown method": ("BREW /v1/documents HTTP/1.1\r\nHost: localhost\r\n\r\n", [400, 405, 501], None),
            "unknown expectation": (f"POST /v1/search HTTP/1.1\r\nHost: localhost\r\n{auth}{length}Expect: tea\r\n\r\n" + body.decode(), [417], None),
            "space before the colon": (f"POST /v1/search HTTP/1.1\r\nHost: localhost\r\n{auth}Transfer-Encoding : chunked\r\n{length}\r\n" + body.decode(), [400], True),
            "negative length": (f"POST /v1/search HTTP/1.1\r\nHost: localhost\r\n{auth}Content-Length: -1\r\n\r\n", [400], True),
            "folded header": (f"GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n c\r\n\r\n", [200, 400], None),
        }
        for name, (data, statuses, closes) in rows.items():
            connection = server.raw(data.encode())
            answer, ended = received(connection, 3, None if closes else (lambda data: b"\r\n\r\n" in data))
            yield name, status_of(answer) in statuses and (not closes or ended), f"{status_of(answer)}, ended {ended}"
            connection.close()
        head = f"POST /v1/search HTTP/1.1\r\nHost: localhost\r\n{auth}{length}Expect: 100-continue\r\n\r\n"
        connection = server.raw(head.encode())
        begun = time.monotonic()
        answer, _ = received(connection, 3, lambda data: b"\r\n\r\n" in data)
        spent = time.monotonic() - begun
        connection.sendall(body)
        final, _ = received(connection, 5, lambda data: b"}" in data)
        yield "Expect: 100-continue", status_of(answer) == 100 and spent < 0.3 and b" 200 " in final, f"{answer[:30]} after {spent:.2f} s, then {final[:20]}"
        connection.close()
        connection = server.raw(head.replace(key, "ctx_wrong").encode())
        answer, _ = received(connection, 3, lambda data: b"\r\n\r\n" in data)
        yield "Expect with a wrong key is rejected", status_of(answer) == 401, f"{answer[:30]}"


def attack_echo():
    with Server() as server:
        key = server.tenant("acme")
        grapheme = "a" + "\u0301" * 400000
        worst, where = 0, None
        for path, body in {
            "/v1/search": {"query": "x", grapheme: 1}, "/v1/search ": {"query": "x", "mode": grapheme}, "/v1/search  ": {"query": "x", "filter": {"key": "a", "op": grapheme, "value": 1}},
            "/v1/embeddings": {"input": "x", "model": grapheme}, "/v1/chat/completions": {"model": grapheme, "messages": [{"role": "user", "content": "x"}]},
            "/v1/chat/completions ": {"messages": [{"role": grapheme, "content": "x"}]}, "/v1/documents": {"id": grapheme, "text": "x"}, "/v1/documents ": {"text": "x", "url": grapheme},
            "/v1/completions": {"model": grapheme, "prompt": "x"}, "/api/mcp/query": {"query": "x", grapheme: 1},
            "/mcp": {"jsonrpc": "2.0", "id": 1, "method": grapheme}, "/mcp ": {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": grapheme}},
        }.items():
            status, _, answer = server.ask("POST", path.strip(), key, json.dumps(body, ensure_ascii=False).encode(), {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"})
            if len(answer) > worst:
                worst, where = len(answer), f"{path.strip()} {status}"
        yield "no message echoes a megabyte", worst < 5000, f"at most {worst} bytes, of {where}"
