"""Attacks with connections: memory held for clients, effects on other tenants, revoked keys."""

import base64
import json
import os
import resource
import signal
import socket
import struct
import threading
import time

from server import Server
from sockets import received, status_of


def request(method, path, key=None, body=b"", headers=""):
    auth = f"Authorization: Bearer {key}\r\n" if key else ""
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{auth}{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


def text_frame(value):
    """A masked frame with the value as JSON, shorter than 126 bytes."""
    payload = json.dumps(value).encode()
    return bytes([0x81, 0x80 | len(payload)]) + b"\0\0\0\0" + payload


def attack_half_open():
    with Server() as server:
        key = server.tenant("acme")
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(20000, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
        held = []
        good = server.raw(request("GET", "/v1/documents", key))
        received(good, 3, lambda data: b"\r\n\r\n" in data)
        for number in range(5000):
            try:
                held.append(server.raw(b"GET / HTTP/1.1\r\nHost: x\r\nX: " if number % 2 else b"", timeout=2))
            except OSError:
                break
        worst = 0
        failures = 0
        for _ in range(10):
            begun = time.monotonic()
            try:
                status, _, _ = server.ask("GET", "/health/live", timeout=5)
                failures += status != 200
            except OSError:
                failures += 1
            worst = max(worst, time.monotonic() - begun)
        yield "health responds despite half-open connections", failures == 0 and worst < 1, f"{len(held)} held, {failures} failures, worst {worst:.2f} s"
        try:
            status, _, _ = server.ask("GET", "/v1/documents", key, timeout=5)
        except OSError as error:
            status = repr(error)
        yield "a client with a key can connect", status == 200, f"{status}"
        try:
            good.sendall(request("GET", "/v1/documents", key))
            data, _ = received(good, 3, lambda data: b"\r\n\r\n" in data)
        except OSError as error:
            data = repr(error).encode()
        yield "an authenticated connection stays open", status_of(data) == 200, f"{data[:30]}"
        for connection in held:
            connection.close()


def attack_slow_header():
    with Server() as server:
        connection = server.raw(b"GET /health/live HTTP/1.1\r\nHost: x\r\n")
        begun, ended = time.monotonic(), None
        while time.monotonic() - begun < 75 and ended is None:
            try:
                connection.sendall(b"X-A: b\r\n")
            except OSError:
                ended = time.monotonic() - begun
                break
            data, closed = received(connection, 2)
            if closed:
                ended = time.monotonic() - begun
        yield "a connection with a slowly sent header is closed", ended is not None, f"after {ended and round(ended)} s"


def attack_few_descriptors():
    outcomes = []
    for trial in range(8):
        server = Server(descriptors=(64, 64))
        try:
            listens = server.start(wait=60)
            if not listens:
                server.process.poll() is None and server.process.wait(20)
                outcomes.append(f"refused {server.process.returncode}" if server.process.returncode in (1, 2) else f"BAD {server.process.returncode}")
                continue
            key = server.run("tenant", "create", "acme", check=False) and server.key("acme")["key"]
            held = []
            for _ in range(200):
                try:
                    held.append(socket.create_connection(("127.0.0.1", server.port), timeout=1))
                    held[-1].sendall(request("GET", "/v1/documents", key))
                except OSError:
                    pass
            for connection in held:
                connection.close()
            ok = False
            for _ in range(20):
                try:
                    ok = server.ask("PUT", f"/v1/documents/d{trial}?wait=true", key, b"text of the sea", {"Content-Type": "text/plain"}, timeout=10)[0] == 200
                except OSError:
                    pass
                if ok:
                    break
                time.sleep(0.2)
            seconds, status = server.stop(wait=40)
            outcomes.append("served" if ok and status == 0 else f"BAD served={ok} exit={status} {seconds}")
        finally:
            server.kill()
    yield "64 descriptors: requests are served or rejected", not any("BAD" in o for o in outcomes), f"{outcomes}"


def attack_early_refusal():
    with Server() as server:
        key = server.tenant("acme")
        for name, head in {
            "too large, closing": f"PUT /v1/documents/x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\nConnection: close\r\nContent-Length: 900000000\r\n\r\n",
            "no key, closing": "PUT /v1/documents/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 900000000\r\n\r\n",
            "no key": "PUT /v1/documents/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000000\r\n\r\n",
            "no key, chunked": "PUT /v1/documents/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
        }.items():
            connection = server.raw(head.encode())
            chunk = b"x" * (1 << 20)
            piece = (b"100000\r\n" + chunk + b"\r\n") if "chunked" in head else chunk
            sent, begun, answer = 0, time.monotonic(), b""
            connection.settimeout(3)
            failed = None
            while time.monotonic() - begun < 15:
                try:
                    connection.sendall(piece)
                    sent += len(piece)
                except OSError as error:
                    failed = type(error).__name__
                    break
            data, ended = received(connection, 3)
            yield f"{name}: reading ends", sent < 64 << 20 and (failed or ended), f"{sent >> 20} MiB in {time.monotonic() - begun:.1f} s, {failed}"
            connection.close()
            connection = server.raw(head.encode())
            data, ended = received(connection, 5, lambda data: b"}" in data)
            yield f"{name}: answered", status_of(data) in (401, 413), f"{data[:40]}"
            if "closing" in name:
                data, ended = received(connection, 10)
                yield f"{name}: closed without the body", ended, f"ended {ended}"


def attack_revoked():
    with Server() as server:
        server.tenant("acme")
        made = server.key("acme")
        key = made["key"]
        socket_key = base64.b64encode(os.urandom(16)).decode()
        web = server.raw(f"GET /api/mcp/ws HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {socket_key}\r\n\r\n".encode())
        head, _ = received(web, 5, lambda data: b"\r\n\r\n" in data)
        yield "a WebSocket connects", b" 101 " in head, f"{head[:40]}"
        web.sendall(text_frame({"type": "auth", "key": key}))
        time.sleep(0.3)
        threading.Thread(target=lambda: server.run("key", "revoke", made["key_id"])).start()
        begun = time.monotonic()
        data, ended = received(web, 8)
        yield "an idle WebSocket is closed when its key is revoked", ended or b"\x88" in data[:4], f"after {time.monotonic() - begun:.1f} s, {data[:40]}"
        status, _, _ = server.ask("GET", "/v1/documents", key)
        yield "the revoked key is rejected", status == 401, f"{status}"


def attack_guessing():
    with Server() as server:
        key = server.tenant("acme")
        statuses = []
        for number in range(400):
            statuses.append(server.ask("GET", "/v1/documents", f"ctx_aaaaaaaaaaaa_{number:032}")[0])
        yield "guessing keys is rate-limited", 429 in statuses, f"first 429 at {statuses.index(429) if 429 in statuses else None}"
        status, _, _ = server.ask("GET", "/v1/documents", key)
        yield "the valid key is accepted", status == 200, f"{status}"


def peak_while(server, work, seconds=20):
    before, peak = server.rss(), 0.0
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    begun = time.monotonic()
    slow = 0.0
    while time.monotonic() - begun < seconds and thread.is_alive():
        peak = max(peak, server.rss())
        asked = time.monotonic()
        try:
            server.ask("GET", "/health/live", timeout=10)
        except OSError:
            pass
        slow = max(slow, time.monotonic() - asked)
        time.sleep(0.05)
    return peak - before, slow


def attack_memory():
    with Server() as server:
        key = server.tenant("acme")
        text = b"High water at the harbour. " * (1 << 20)
        server.ask("PUT", "/v1/documents/warm?wait=true", key, b"warm", {"Content-Type": "text/plain"})
        held = []

        def imports():
            for _ in range(40):
                connection = server.raw(f"POST /v1/documents/import HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
                connection.settimeout(2)
                try:
                    for _ in range(31):
                        connection.sendall(b"100000\r\n" + b'{"text":"' .ljust(1 << 20, b"a") + b"\r\n")
                except OSError:
                    pass
                held.append(connection)
        grown, slow = peak_while(server, imports, 90)
        yield "40 imports with lines of 31 MiB stay below 200 MB", grown < 200, f"+{grown:.0f} MB, health {slow:.2f} s"
        for connection in held:
            connection.close()
        held.clear()
        time.sleep(2)

        def sockets():
            for _ in range(200):
                connection = server.raw(f"GET /api/mcp/ws HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n".encode())
                received(connection, 3, lambda data: b"\r\n\r\n" in data)
                connection.settimeout(1)
                try:
                    for part in range(4):
                        payload = b"a" * (1 << 20)
                        connection.sendall(bytes([0x01 if part == 0 else 0x00, 0x80 | 127]) + struct.pack(">Q", len(payload)) + b"\0\0\0\0" + payload)
                except OSError:
                    pass
                held.append(connection)
        grown, slow = peak_while(server, sockets, 90)
        yield "200 incomplete WebSocket messages stay below 200 MB", grown < 200, f"+{grown:.0f} MB, health {slow:.2f} s"
        for connection in held:
            connection.close()
        held.clear()
        time.sleep(2)
        status, _, _ = server.ask("PUT", "/v1/documents/large?wait=true", key, text[: 8 << 20], {"Content-Type": "text/plain"}, timeout=600)

        def contents():
            for _ in range(60):
                connection = server.raw(request("GET", "/v1/documents/large/content", key))
                held.append(connection)
            time.sleep(5)
        grown, slow = peak_while(server, contents, 60)
        yield "60 unread contents of 8 MiB stay below 200 MB", grown < 200, f"+{grown:.0f} MB, health {slow:.2f} s, upload {status}"
        for connection in held:
            connection.close()
        held.clear()
        time.sleep(2)
        call = {"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "fetch", "arguments": {"id": "large"}}}
        batch = json.dumps([{**call, "id": n} for n in range(40)]).encode()

        def batches():
            for _ in range(5):
                held.append(server.raw(request("POST", "/mcp", key, batch, "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2025-03-26\r\n")))
            time.sleep(10)
        grown, slow = peak_while(server, batches, 60)
        yield "unread MCP batches of 40 large fetches stay below 200 MB", grown < 200, f"+{grown:.0f} MB, health {slow:.2f} s"
        for connection in held:
            connection.close()


def attack_stop():
    for name, data in {"idle": b"", "half-sent head": b"GET /health/live HTTP/1.1\r\nHo", "half-sent body": b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"}.items():
        with Server() as server:
            key = server.tenant("acme")
            connections = [server.raw(data.replace(b"Content-Length", f"Authorization: Bearer {key}\r\nContent-Length".encode())) for _ in range(20)]
            time.sleep(0.3)
            seconds, status = server.stop()
            yield f"SIGTERM stops the server with {name} connections", seconds is not None and seconds < 6 and status == 0, f"{seconds and round(seconds, 1)} s, exit {status}"
    with Server() as server:
        key = server.tenant("acme")
        connection = server.raw(f"POST /v1/documents/import HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        time.sleep(0.2)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        seconds, status = server.stop()
        yield "a second SIGTERM stops the server immediately", seconds is not None and seconds < 2, f"{seconds} s, exit {status}"
    with Server() as server:
        server.process.send_signal(signal.SIGHUP)
        time.sleep(1)
        status = server.ask("GET", "/health/live")[0] if server.is_alive else server.process.returncode
        yield "SIGHUP does not stop the server", status == 200, f"{status}"
