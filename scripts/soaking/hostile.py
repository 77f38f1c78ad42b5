"""What a hostile or careless tenant does. Each function is one act; a connection that breaks on it is fine, a wrong answer is not."""

import base64
import itertools
import json
import os
import socket
import struct
import time

from .model import check_hits
from .writers import WORDS

MODERN = {
    "MCP-Protocol-Version": "2026-07-28", "Accept": "application/json, text/event-stream", "Content-Type": "application/json",
}
LEGACY = {
    "MCP-Protocol-Version": "2025-11-25", "Accept": "application/json, text/event-stream", "Content-Type": "application/json",
}


class Hostile:
    def __init__(self, client, tenant, strangers_marker, findings, rng):
        self.client, self.tenant, self.strangers_marker = client, tenant, strangers_marker
        self.findings, self.rng = findings, rng
        self.held = []  # sockets that are kept open, with when to close them

    def acts(self):
        return [
            (6, self.search), (2, self.embed), (3, self.chat), (3, self.mcp), (2, self.web_socket), (1, self.read_slowly), (2, self.half_open),
            (3, self.broken_json), (1, self.flood_hashes), (1, self.too_large), (2, self.disconnect), (2, self.wrong_key), (1, self.lists),
        ]

    def expect(self, what, status, allowed):
        if status not in allowed:
            self.findings.add(f"unexpected status {status} for {what}", "")

    def search(self):
        rng = self.rng
        body = {
            "query": " ".join(rng.choices(WORDS, k=rng.choice((1, 4, 200)))), "limit": rng.choice((1, 10, 100)),
            "mode": rng.choice(("hybrid", "dense", "lexical")),
        }
        if rng.random() < 0.5:
            body["filter"] = {"or": [{"key": "n", "op": "in", "value": [rng.randrange(9), rng.random()]}, {"key": "n", "op": "gt", "value": 3}]}
        if rng.random() < 0.4:
            body["group_by"] = "document"
        status, answer = self.client.send("POST", "/v1/search", body)
        self.expect("a search", status, (200, 429, 503, 507))
        if status == 200:
            check_hits(answer, self.tenant, self.strangers_marker, self.findings)

    def embed(self):
        texts = [" ".join(self.rng.choices(WORDS, k=self.rng.choice((3, 150)))) for _ in range(self.rng.choice((1, 16, 128)))]
        status, _ = self.client.send("POST", "/v1/embeddings", {"model": "all-MiniLM-L6-v2", "input": texts})
        self.expect("an embedding", status, (200, 429, 503))

    def chat(self):
        question = "Which " + " ".join(self.rng.choices(WORDS, k=3)) + "?"
        body = {"model": "extractive", "messages": [{"role": "user", "content": question}], "stream": self.rng.random() < 0.5}
        status, answer = self.client.send("POST", "/v1/chat/completions", body)
        self.expect("a chat", status, (200, 429, 503))
        if self.strangers_marker in answer.decode():
            self.findings.add("an answer shows another tenant's text", answer)

    def mcp(self):
        call = {"name": "search", "arguments": {"query": self.rng.choice(WORDS)}}
        if self.rng.random() < 0.5:
            params = call | {
                "_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}}
            message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
            headers = MODERN | {"Mcp-Method": "tools/call", "Mcp-Name": "search"}
        else:
            message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
            headers = LEGACY
        status, answer = self.client.send("POST", "/mcp", message, headers)
        self.expect("an MCP call", status, (200, 429, 503))
        if self.strangers_marker in answer.decode():
            self.findings.add("an MCP answer shows another tenant's text", answer)

    # Sockets by hand.

    def connect(self, timeout=20):
        return socket.create_connection(("127.0.0.1", self.client.server.port), timeout=timeout)

    def head(self, line, *fields):
        return "\r\n".join([line, "Host: 127.0.0.1", f"Authorization: Bearer {self.client.key}", *fields, "", ""]).encode()

    def web_socket(self):
        with self.connect() as stream:
            nonce = base64.b64encode(os.urandom(16)).decode()
            stream.sendall(self.head(
                "GET /api/mcp/ws HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {nonce}"))
            answer = stream.recv(4096)
            if b" 101 " not in answer.split(b"\r\n")[0]:
                return
            kind = self.rng.randrange(4)
            if kind == 0:  # never says who it is
                self.hold(stream)
                return
            stream.sendall(frame(json.dumps({"type": "auth", "key": self.client.key}).encode()))
            if kind == 1:  # a message that never ends
                stream.sendall(frame(b'{"query":"' + b"x" * 60_000, final=False))
                self.hold(stream)
            elif kind == 2:  # an answer that nobody reads
                stream.sendall(frame(json.dumps({"query": "Which harbour is copper?", "stream": True}).encode()))
                self.hold(stream)
            else:
                stream.sendall(frame(json.dumps({"query": "Which harbour is copper?"}).encode()))
                received = stream.recv(1 << 16)
                if self.strangers_marker.encode() in received:
                    self.findings.add("a WebSocket shows another tenant's text", received)

    def hold(self, stream):
        """Keeps a connection open for a while, without reading from it."""
        self.held.append((time.monotonic() + self.rng.uniform(3, 15), stream.detach()))
        self.drop_old()

    def drop_old(self, everything=False):
        now = time.monotonic()
        for due, descriptor in self.held:
            if everything or due < now or len(self.held) > 200:
                os.close(descriptor)
        self.held = [] if everything else [(due, d) for due, d in self.held if due >= now and len(self.held) <= 200]

    def read_slowly(self):
        with self.connect() as stream:
            stream.sendall(self.head("GET /v1/documents?limit=500 HTTP/1.1") * 20)
            for _ in range(5):
                stream.recv(200)
                time.sleep(0.2)
            self.hold(stream)

    def half_open(self):
        for _ in range(10):
            with self.connect() as stream:
                part = self.rng.choice((
                    b"", b"POST /v1/sea", b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-A: ",
                    self.head("POST /v1/search HTTP/1.1", "Content-Type: application/json", "Content-Length: 100000") + b'{"query":',
                    self.head("PUT /v1/documents/never HTTP/1.1", "Content-Type: text/plain", "Transfer-Encoding: chunked") + b"4\r\nabc"))
                stream.sendall(part)
                self.hold(stream)

    def broken_json(self):
        body = self.rng.choice((
            b"", b"{", b'{"query":"\xff"}', b"[" * 100_000, b'{"query":' + b"[0," * 50_000, b'{"query":"x","query":"y"}', b'{"query":1e999}',
            b'{"query":"\\ud800"}', b"\x00" * 1000, b'{"query":"x","limit":' + b"9" * 100_000 + b"}"))
        route = self.rng.choice(("/v1/search", "/v1/documents", "/v1/embeddings", "/v1/chat/completions", "/mcp", "/api/mcp/query"))
        status, _ = self.client.send("POST", route, body, {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"})
        self.expect("invalid JSON", status, (400, 413, 422, 429, 503))

    def flood_hashes(self):
        """Keys that are all the same to a comparison that normalises."""
        marks = [chr(code) for code in (0x300, 0x301, 0x302, 0x303, 0x304, 0x306, 0x307)]
        keys = ["a" + "".join(order) for order in itertools.islice(itertools.permutations(marks), 3000)]
        body = "{" + ",".join(f'"{key}":0' for key in keys) + "}"
        status, _ = self.client.send("POST", "/v1/search", body.encode(), {"Content-Type": "application/json"})
        self.expect("JSON with colliding keys", status, (400, 413, 429, 503))
        status, _ = self.client.send(
            "POST", "/v1/embeddings", b'{"model":"all-MiniLM-L6-v2","input":[' + b"0," * 1_000_000 + b"0]}", {"Content-Type": "application/json"})
        self.expect("JSON with a million numbers", status, (400, 413, 429, 503))

    def too_large(self):
        with self.connect() as stream:
            stream.sendall(self.head("PUT /v1/documents/large HTTP/1.1", "Content-Type: text/plain", f"Content-Length: {1 << 31}"))
            try:
                for _ in range(64):
                    stream.sendall(b"x" * (1 << 16))
            except OSError:
                pass

    def disconnect(self):
        with self.connect() as stream:
            choice = self.rng.randrange(3)
            if choice == 0:
                stream.sendall(self.head("POST /v1/search HTTP/1.1", "Content-Type: application/json", "Content-Length: 50") + b'{"query"')
            elif choice == 1:
                body = json.dumps({"model": "all-MiniLM-L6-v2", "input": ["harbour " * 200] * 64}).encode()
                stream.sendall(
                    self.head("POST /v1/embeddings HTTP/1.1", "Content-Type: application/json", f"Content-Length: {len(body)}") + body)
            else:
                stream.sendall(self.head("GET /v1/documents?limit=500 HTTP/1.1"))
            # A reset instead of an end.
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def wrong_key(self):
        key, self.client.key = self.client.key, "ctx_aaaaaaaaaaaaaaaa_" + "b" * 32
        try:
            status, _ = self.client.send("POST", "/v1/search", {"query": "harbour"})
        finally:
            self.client.key = key
        self.expect("a wrong key", status, (401, 429, 503))

    def lists(self):
        status, answer = self.client.send("GET", "/v1/documents?limit=1000")
        self.expect("a list", status, (200, 429, 503))
        if self.strangers_marker in answer.decode():
            self.findings.add("a list shows another tenant's text", answer)


def frame(payload, final=True):
    """A masked text frame."""
    mask = os.urandom(4)
    head = bytes([0x81 if final else 0x01])
    if len(payload) < 126:
        head += bytes([0x80 | len(payload)])
    elif len(payload) < 1 << 16:
        head += bytes([0xFE]) + struct.pack(">H", len(payload))
    else:
        head += bytes([0xFF]) + struct.pack(">Q", len(payload))
    repeated = (mask * (len(payload) // 4 + 1))[: len(payload)]
    return head + mask + (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(payload), "big")
