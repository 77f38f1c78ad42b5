"""The attacks of a noisy tenant: each has a number of connections and the requests that each connection repeats.

An attack is `Attack(name, connections, tenant, make)`; `make(key, connection, turn)` returns the bytes of the next request.
"""

import functools
import json
import random
from dataclasses import dataclass
from typing import Callable

from wire import request

WORDS = "river stone harbour light engine paper winter signal copper garden bridge market window doctor summer letter".split()
PARAGRAPH = " ".join(WORDS * 4)


def sentence(rng, words=10):
    return " ".join(rng.choice(WORDS) + str(rng.randrange(1000)) for _ in range(words))


def documents(prefix, count, texts=16, metadata_bytes=200, seed=1):
    """NDJSON of small documents with few distinct texts, so that filling a tenant needs little embedding."""
    rng = random.Random(seed)
    some = [sentence(rng) for _ in range(texts)]
    lines = []
    for number in range(count):
        metadata = {"n": number, "group": f"g{number % 97}", "year": 1950 + number % 75, "filler": "x" * metadata_bytes}
        lines.append(json.dumps({"id": f"{prefix}{number}", "text": some[number % texts], "metadata": metadata}))
    return ("\n".join(lines) + "\n").encode()


def wide_metadata(bytes_of_metadata, number):
    """Many short members: the JSON of this size that is most expensive to read and write."""
    return {f"key{place}": number + place for place in range(bytes_of_metadata // 16)}


@dataclass
class Attack:
    name: str
    connections: int
    tenant: str
    make: Callable[[str, int, int], bytes]


def embeddings(key, connection, turn):
    rng = random.Random(connection * 1_000_003 + turn)
    texts = [sentence(rng, 4) for _ in range(2048)]
    return request("POST", "/v1/embeddings", key, {"model": "all-MiniLM-L6-v2", "input": texts})


def filters(key, connection, turn):
    body = {"query": f"river stone {connection}", "filter": {"key": "n", "op": "gte", "value": connection * 100_000 % 977 + turn}}
    return request("POST", "/v1/search", key, body)


def mcp_searches(key, connection, turn):
    calls = [
        {"jsonrpc": "2.0", "id": number, "method": "tools/call",
         "params": {"name": "search", "arguments": {"query": f"{WORDS[number % 16]} {connection} {turn} {number}", "limit": 50}}}
        for number in range(64)]
    return request("POST", "/mcp", key, calls)


def mcp_fetches(key, connection, turn):
    calls = [
        {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": "fetch", "arguments": {"id": f"w{number}"}}}
        for number in range(64)]
    return request("POST", "/mcp", key, calls)


def lists(key, connection, turn):
    return request("GET", "/v1/documents?limit=1000", key)


def grouped(key, connection, turn):
    body = {"query": f"river stone harbour {connection} {turn}", "group_by": "document", "limit": 10}
    return request("POST", "/v1/search", key, body)


def grouped_lexical(key, connection, turn):
    return request("POST", "/v1/search", key, {"query": "river stone", "group_by": "document", "limit": 100, "mode": "lexical"})


def imports(key, connection, turn):
    body = documents(f"i{connection}-{turn}-", 2000, texts=2000, seed=connection * 1000 + turn)
    return request("POST", "/v1/documents/import", key, body, "application/x-ndjson")


@functools.cache
def big_body():
    return b'{"query":"river","filter":{"key":"n","op":"in","value":[' + b",".join([b"1"] * 1_900_000) + b"]}}"


def big_bodies(key, connection, turn):
    return request("POST", "/v1/search", key, big_body())


def chats(key, connection, turn):
    body = {
        "model": "extractive", "retrieval": {"limit": 10},
        "messages": [{"role": "user", "content": f"what of the river and the {WORDS[turn % 16]} {connection} {turn}?"}]}
    return request("POST", "/v1/chat/completions", key, body)


def catch_up(key, connection, turn):
    if turn % 2:
        return request("POST", "/v1/search", key, {"query": f"river {turn}"})
    return request("POST", "/v1/documents/import", key, documents("c", 4000, texts=4, seed=turn), "application/x-ndjson")


def prefixes(key, connection, turn):
    query = " ".join(f"{word[:1]}*" for word in WORDS) + ' "river stone" ' + f"{connection} {turn}"
    return request("POST", "/v1/search", key, {"query": query, "mode": "lexical", "limit": 100})


def diverse(key, connection, turn):
    body = {"query": f"river stone harbour {connection} {turn}", "diversity": 0.7, "limit": 100}
    return request("POST", "/v1/search", key, body)


def deletes(key, connection, turn):
    return request("DELETE", f"/v1/documents/n{connection * 2500 + turn}", key)


ATTACKS = [
    Attack("embeddings of 2,048 texts", 4, "many", embeddings),
    Attack("16 searches with new filters, 20,000 documents", 16, "many", filters),
    Attack("MCP batches of 64 searches", 8, "many", mcp_searches),
    Attack("MCP batches of 64 fetches of 30 KiB metadata", 8, "wide", mcp_fetches),
    Attack("lists of 1,000 documents with 30 KiB metadata", 4, "wide", lists),
    Attack("grouped searches, a document of many chunks", 4, "long", grouped),
    Attack("grouped lexical searches, a document of many chunks", 4, "long", grouped_lexical),
    Attack("imports of 2,000 documents", 2, "import", imports),
    Attack("bodies of 4 MB on a read route", 8, "many", big_bodies),
    Attack("chats with retrieval, built-in model", 8, "many", chats),
    Attack("index catch-up of 4,000 documents", 2, "catchup", catch_up),
    Attack("prefix and phrase queries", 16, "many", prefixes),
    Attack("diversity", 8, "long", diverse),
    Attack("deletes", 8, "many", deletes),
]
