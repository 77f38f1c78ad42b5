#!/usr/bin/env python3
"""Measures how much memory hostile clients make the server hold.

Starts contextd on a scratch directory, fills one tenant, then runs clients that would exhaust the memory of a server that trusts them:
bodies and messages that never end, responses that nobody reads, JSON that expands. For each attack it prints how far the resident memory
rose, how much of that remains afterwards, how many requests were rejected, and the latency of /health/live during the attack.

    python3 Benchmarks/Isolation/memory.py [--program .build/release/contextd] [--only NAME…] [--limit-mb 200] [--set NAME=VALUE…]

Needs only Python 3.10. Exits with 1 if an attack exceeded the limit.
"""

import argparse
import base64
import http.client
import json
import os
import select
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

MIB = 1 << 20


class Server:
    """contextd on a free port, with one tenant and its key."""

    def __init__(self, program, model, settings):
        self.program = program
        self.folder = tempfile.mkdtemp(prefix="contextd-memory-")
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("CONTEXTD_")}
        if model:
            self.environment["CONTEXTD_MODEL_DIR"] = model
        self.command("tenant", "create", "hostile")
        self.key = json.loads(self.command("key", "create", "--tenant", "hostile", "--json"))["key"]
        flags = [flag for setting in settings for flag in ("--set", setting)]
        self.process = subprocess.Popen(
            [program, "serve", "--data-dir", self.folder, "--listen", "127.0.0.1:0", "--json", "--log-level", "error", *flags],
            env=self.environment, stdout=subprocess.PIPE)
        self.port = json.loads(self.process.stdout.readline())["port"]

    def command(self, *arguments):
        return subprocess.run(
            [self.program, *arguments, "--data-dir", self.folder], env=self.environment, check=True, capture_output=True).stdout

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def resident(self):
        with open(f"/proc/{self.process.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    def request(self, method, path, body=None, content_type="application/json", timeout=600):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        headers = {"Authorization": f"Bearer {self.key}"}
        if body is not None:
            headers["Content-Type"] = content_type
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        data = response.read()
        connection.close()
        return response.status, data

    def head(self, method, path, length=None, extra=()):
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Authorization: Bearer {self.key}", *extra]
        if length is not None:
            lines.append(f"Content-Length: {length}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def connect(self):
        """A socket with small buffers, so that data it does not read stays in the server."""
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", self.port))
        connection.setblocking(False)
        return connection


class Watch(threading.Thread):
    """Samples resident memory and polls /health/live until it is stopped."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server = server
        self.peak = 0
        self.health = []
        self.over = threading.Event()
        self.asker = threading.Thread(target=self.ask, daemon=True)

    def run(self):
        self.asker.start()
        while not self.over.is_set():
            self.peak = max(self.peak, self.server.resident())
            time.sleep(0.02)

    def ask(self):
        while not self.over.is_set():
            start = time.monotonic()
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
                connection.request("GET", "/health/live")
                connection.getresponse().read()
                connection.close()
            except OSError:
                pass
            self.health.append(time.monotonic() - start)
            time.sleep(0.1)

    def stop(self):
        self.over.set()
        self.join()
        self.asker.join(35)


def settled(server):
    """Returns the resident memory once it has stopped falling."""
    last = server.resident()
    for _ in range(20):
        time.sleep(1)
        now = server.resident()
        if now > last - MIB // 2:
            return now
        last = now
    return last


def push(server, payloads, seconds, reads=False):
    """Sends each payload on its own connection, concurrently, and keeps the connections open.

    Returns the statuses received and the number of connections that the server closed. Responses are not read beyond their first bytes,
    unless `reads` is set.
    """
    sockets = [server.connect() for _ in payloads]
    rest = {s: memoryview(p) for s, p in zip(sockets, payloads)}
    heads = {s: b"" for s in sockets}
    closed = set()
    end = time.monotonic() + seconds
    while time.monotonic() < end and len(closed) < len(sockets):
        writers = [s for s in sockets if s not in closed and len(rest[s])]
        readers = [s for s in sockets if s not in closed and (reads or len(heads[s]) < 12)]
        if not writers and not readers:
            time.sleep(0.05)
            continue
        readable, writable, _ = select.select(readers, writers, [], 0.2)
        for s in writable:
            try:
                rest[s] = rest[s][s.send(rest[s][:262144]):]
            except BlockingIOError:
                pass
            except OSError:
                rest[s] = memoryview(b"")
        for s in readable:
            try:
                data = s.recv(65536 if reads else 12 - len(heads[s]))
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if not data:
                closed.add(s)
            heads[s] = (heads[s] + data)[:12]
    statuses = {}
    for s in sockets:
        status = heads[s][9:12].decode("ascii", "replace") or ("closed" if s in closed else "none")
        statuses[status] = statuses.get(status, 0) + 1
    unsent = sum(1 for s in sockets if len(rest[s]))
    for s in sockets:
        s.close()
    return statuses, unsent


def websocket_frame(opcode, payload, final=True):
    head = bytes([(0x80 if final else 0) | opcode])
    if len(payload) < 126:
        head += bytes([0x80 | len(payload)])
    elif len(payload) < 65536:
        head += bytes([0x80 | 126]) + struct.pack(">H", len(payload))
    else:
        head += bytes([0x80 | 127]) + struct.pack(">Q", len(payload))
    # A mask of zeros leaves the payload unchanged.
    return head + bytes(4) + payload


class Attacks:
    def __init__(self, server):
        self.server = server
        self.large = None

    def fill(self):
        """Adds 1,000 documents with large metadata, and texts of 1 and 30 MiB with few distinct words."""
        metadata = {"note": "m" * (60 << 10)}
        lines = b"".join(
            json.dumps({"id": f"d{n:04}", "text": f"note {n} of the sea", "metadata": metadata}).encode() + b"\n" for n in range(1000))
        status, answer = self.server.request("POST", "/v1/documents/import", lines, "application/x-ndjson")
        last = json.loads(answer.splitlines()[-1])
        assert status == 200 and last["done"], (status, last)
        for name, size in (("one", 1), ("large", 30)):
            text = "The beginning.\n\n" + "\n".join([" " * 1000] * (size * MIB // 1001)) + "\n\nThe end.\n"
            status, answer = self.server.request("PUT", f"/v1/documents/{name}?wait=true", text.encode(), "text/plain")
            assert status == 200, (status, answer[:300])

    # Bodies and messages.

    def imports(self):
        """40 imports, each with an unterminated line of 31 MiB"""
        line = b'{"text":"' + b"a" * (31 * MIB)
        head = self.server.head("POST", "/v1/documents/import", 40 * MIB, ["Content-Type: application/x-ndjson"])
        return push(self.server, [head + line] * 40, 20)

    def chunked(self):
        """40 incomplete chunked uploads of 31 MiB each"""
        body = (b"10000\r\n" + b"a" * 65536 + b"\r\n") * (31 * 16)
        head = self.server.head("PUT", "/v1/documents/x", None, ["Content-Type: text/plain", "Transfer-Encoding: chunked"])
        return push(self.server, [head + body] * 40, 20)

    def uploads(self):
        """40 uploads of 31 MiB that stop one byte before their end"""
        head = self.server.head("PUT", "/v1/documents/x", 31 * MIB, ["Content-Type: text/plain"])
        return push(self.server, [head + b"a" * (31 * MIB - 1)] * 40, 20)

    def numbers(self):
        """20 bodies of 30 MiB: [0,0,…]"""
        body = b"[" + b"0," * (15 * MIB) + b"0]"
        head = self.server.head("POST", "/v1/documents", len(body), ["Content-Type: application/json"])
        return push(self.server, [head + body] * 20, 30)

    def small_numbers(self):
        """200 searches of 4 MiB: {"query":[0,0,…]}"""
        body = b'{"query":[' + b"0," * (2 * MIB - 10) + b"0]}"
        head = self.server.head("POST", "/v1/search", len(body), ["Content-Type: application/json"])
        return push(self.server, [head + body] * 200, 30)

    def websockets(self):
        """500 WebSockets, each with an incomplete message of 4 MiB"""
        shake = self.server.head("GET", "/api/mcp/ws", None, [
            "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: " + base64.b64encode(b"0123456789abcdef").decode()])
        first = websocket_frame(1, json.dumps({"type": "auth", "key": self.server.key}).encode())
        part = b"a" * (256 << 10)
        message = websocket_frame(1, part, False) + websocket_frame(0, part, False) * 14
        return push(self.server, [shake + first + message] * 500, 25)

    def upgrades(self):
        """20 requests to upgrade on a route without WebSocket support, each followed by 20 MiB"""
        head = self.server.head("GET", "/health/live", None, ["Upgrade: websocket", "Connection: Upgrade"])
        return push(self.server, [head + b"x" * (20 * MIB)] * 20, 10)

    # Responses that nobody reads.

    def unread(self, method, path, count, body=None, seconds=25, extra=()):
        length = None if body is None else len(body)
        types = [] if body is None else ["Content-Type: application/json"]
        return push(self.server, [self.server.head(method, path, length, [*types, *extra]) + (body or b"")] * count, seconds)

    def content(self):
        """50 clients that request a document of 30 MiB and do not read"""
        return self.unread("GET", "/v1/documents/large/content", 50)

    def lists(self):
        """50 clients that request a list of 1,000 documents with 60 KiB of metadata each, and do not read"""
        return self.unread("GET", "/v1/documents?limit=1000", 50)

    def searches(self):
        """100 searches for 100 results with 60 KiB of metadata each"""
        body = json.dumps({"query": "a note of the sea", "limit": 100, "mode": "lexical"}).encode()
        return self.unread("POST", "/v1/search", 100, body)

    def embeddings(self):
        """12 requests for 2,048 embeddings"""
        body = json.dumps({"model": "all-MiniLM-L6-v2", "input": [f"{n}" for n in range(2048)]}).encode()
        return self.unread("POST", "/v1/embeddings", 12, body, 40)

    def mcp_call(self, name, number):
        return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": "fetch", "arguments": {"id": name}}}

    MCP = ("Accept: application/json, text/event-stream", "MCP-Protocol-Version: 2025-03-26")

    def fetches(self):
        """20 MCP fetches of a document of 30 MiB"""
        return self.unread("POST", "/mcp", 20, json.dumps(self.mcp_call("large", 1)).encode(), extra=self.MCP)

    def batches(self):
        """30 MCP batches of 64 fetches of a document of 1 MiB"""
        body = json.dumps([self.mcp_call("one", n) for n in range(64)]).encode()
        return self.unread("POST", "/mcp", 30, body, 30, self.MCP)

    def large_batches(self):
        """30 MCP batches of 1,000 fetches"""
        body = json.dumps([self.mcp_call("one", n) for n in range(1000)]).encode()
        return self.unread("POST", "/mcp", 30, body, 10, self.MCP)

    def streams(self):
        """100 answers streamed to clients that do not read"""
        return self.unread("GET", "/api/mcp/stream?query=what+is+note+12+of+the+sea", 100)

    def idle(self):
        """900 requests for /openapi.json whose responses are not read"""
        return self.unread("GET", "/openapi.json", 900, seconds=10)


NAMES = [
    "imports", "chunked", "uploads", "numbers", "small_numbers", "websockets", "upgrades", "content", "lists", "searches", "embeddings", "fetches", "batches",
    "large_batches", "streams", "idle",
]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=".build/release/contextd")
    parser.add_argument("--model", default=os.environ.get("CONTEXTD_MODEL_DIR", "models/all-MiniLM-L6-v2"))
    parser.add_argument("--only", nargs="*", choices=NAMES, default=NAMES)
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE")
    parser.add_argument("--limit-mb", type=int, default=200)
    arguments = parser.parse_args()
    server = Server(os.path.abspath(arguments.program), os.path.abspath(arguments.model), arguments.set)
    failed = []
    try:
        attacks = Attacks(server)
        attacks.fill()
        print(f"{'attack':<14} {'before':>7} {'rise':>8} {'left':>6}  {'health p50, max':>16}  statuses, unfinished", flush=True)
        for name in arguments.only:
            before = settled(server)
            watch = Watch(server)
            watch.start()
            statuses, unsent = getattr(attacks, name)()
            watch.stop()
            if server.process.poll() is not None:
                print(f"{name:<14} the server exited with status {server.process.returncode}")
                return 1
            rise = (watch.peak - before) / 1e6
            left = (settled(server) - before) / 1e6
            health = sorted(watch.health) or [float("nan")]
            times = f"{health[len(health) // 2] * 1e3:.0f}, {health[-1] * 1e3:.0f} ms"
            told = ", ".join(f"{s}: {n}" for s, n in sorted(statuses.items()))
            print(f"{name:<14} {before / 1e6:>4.0f} MB {rise:>5.0f} MB {left:>3.0f} MB  {times:>16}  {told}; {unsent}", flush=True)
            if rise > arguments.limit_mb:
                failed.append(name)
    finally:
        server.stop()
    if failed:
        print(f"exceeded the limit of {arguments.limit_mb} MB: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
