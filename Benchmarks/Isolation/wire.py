"""A small HTTP/1.1 client over one socket: requests are bytes prepared in advance; a response is read and discarded.

It uses little processor time, which matters when client and server share two cores.
"""

import json
import socket
import time

authority = "127.0.0.1"


def set_port(port):
    """Sets the port in the Host header of requests, which /mcp checks."""
    global authority
    authority = f"127.0.0.1:{port}"


def request(method, path, key=None, body=None, content_type="application/json"):
    """Returns the bytes of one request; `body` is bytes, or a value to encode as JSON."""
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    head = [f"{method} {path} HTTP/1.1", f"Host: {authority}"]
    if key:
        head.append(f"Authorization: Bearer {key}")
    if body is not None:
        head += [f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
    if path == "/mcp":
        head += ["Accept: application/json, text/event-stream", "MCP-Protocol-Version: 2025-03-26"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + (body or b"")


class Connection:
    def __init__(self, port, timeout=120):
        self.port, self.timeout = port, timeout
        self.socket = None

    def open(self):
        self.close()
        self.socket = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self):
        if self.socket:
            self.socket.close()
            self.socket = None

    def send(self, data, keeps=False):
        """Sends a request and reads its response.

        Returns (status, body, seconds); the body is empty unless `keeps` is set.
        """
        if self.socket is None:
            self.open()
        start = time.perf_counter()
        try:
            self.socket.sendall(data)
            status, body, closes = self.read(keeps)
        except BaseException:
            self.close()
            raise
        if closes:
            self.close()
        return status, body, time.perf_counter() - start

    def read(self, keeps):
        head = b""
        while b"\r\n\r\n" not in head:
            part = self.socket.recv(1 << 16)
            if not part:
                raise ConnectionError("the server closed the connection")
            head += part
        head, rest = head.split(b"\r\n\r\n", 1)
        lines = head.lower().split(b"\r\n")
        status = int(lines[0].split()[1])
        closes = b"connection: close" in lines
        for line in lines:
            if line.startswith(b"content-length:"):
                return status, self.counted(rest, int(line[15:]), keeps), closes
        if b"transfer-encoding: chunked" in lines:
            return status, self.chunked(rest, keeps), closes
        return status, b"", closes

    def counted(self, rest, length, keeps):
        kept, left = [rest] if keeps else [], length - len(rest)
        while left > 0:
            part = self.socket.recv(min(left, 1 << 20))
            if not part:
                raise ConnectionError("the server closed the connection")
            left -= len(part)
            if keeps:
                kept.append(part)
        return b"".join(kept)

    def chunked(self, rest, keeps):
        kept = rest
        while not kept.endswith(b"0\r\n\r\n"):
            part = self.socket.recv(1 << 20)
            if not part:
                raise ConnectionError("the server closed the connection")
            kept = kept + part if keeps else (kept + part)[-16:]
        return kept if keeps else b""
