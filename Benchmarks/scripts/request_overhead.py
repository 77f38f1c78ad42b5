#!/usr/bin/env python3
"""Measures the processor time that a request costs a server: contextd, and others in the same run.

    request_overhead.py --binary .build/release/contextd [--data FOLDER] [--rivals PYTHON] [--json FILE]

A request's cost is the user and system time of the server's process during a closed loop of requests, divided by their number. The
machine's other load hardly changes it, unlike the latency. Each case runs in several rounds, in turn with the others, and the least round
counts. The targets are ratios of costs in one run.

--data is a data directory as retrieval_quality.py --keep leaves it (SciFact); it is copied. Without it the server has made-up documents.
--rivals is a Python with uvicorn, uvloop, httptools and mcp (requirements-bench-http.txt): uvicorn answers a health check, and the
official SDK answers tools/list. Only the standard library is used here.
"""

import argparse
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")
CONNECTIONS = (1, 16)

UVICORN = """
import uvicorn
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body = b'{"status":"live"}'
    await send({"type": "http.response.start", "status": 200,
                "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})
uvicorn.run(app, host="127.0.0.1", port=PORT, loop="uvloop", http="httptools", access_log=False, log_level="error")
"""

SDK = """
import uvicorn
from mcp.server.fastmcp import FastMCP
server = FastMCP("bench", stateless_http=True, json_response=True, log_level="ERROR")

@server.tool()
def search(query: str, limit: int = 10) -> list[dict[str, str]]:
    "Searches the documents."
    return []

@server.tool()
def fetch(id: str) -> dict[str, str]:
    "Returns a document."
    return {}

uvicorn.run(server.streamable_http_app(), host="127.0.0.1", port=PORT, loop="uvloop", http="httptools", access_log=False, log_level="error")
"""


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def message(method, path, body=None, key=None):
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if key:
        lines.append(f"Authorization: Bearer {key}")
    data = json.dumps(body).encode() if body is not None else b""
    if body is not None:
        lines += ["Content-Type: application/json", "Accept: application/json, text/event-stream", f"Content-Length: {len(data)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


class Connection:
    """A keep-alive connection that sends one request after the other."""

    LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def exchange(self, request):
        self.socket.sendall(request)
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            part = self.socket.recv(1 << 18)
            if not part:
                raise ConnectionError("the server closed the connection")
            data += part
        length = self.LENGTH.search(data, 0, end)
        missing = end + 4 + (int(length[1]) if length else 0) - len(data)
        while missing > 0:
            missing -= len(self.socket.recv(missing))
        if not data.startswith(b"HTTP/1.1 200"):
            raise ConnectionError(data[:200].decode("latin-1"))


def load(port, requests, connections, seconds):
    """Sends requests for that time; returns their number and the latencies in seconds."""
    counts, latencies, errors = [], [], []

    def run(number):
        try:
            connection, count, own = Connection(port), number, []
            end = time.perf_counter() + seconds
            while (start := time.perf_counter()) < end:
                connection.exchange(requests[count % len(requests)])
                own.append(time.perf_counter() - start)
                count += 1
            counts.append(len(own))
            latencies.extend(own)
        except OSError as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number * 7,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return sum(counts), sorted(latencies)


class Server:
    def __init__(self, words, port=None, announces=False, environment=None):
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE if announces else subprocess.DEVNULL, text=True, env=environment)
        self.port = port or json.loads(self.process.stdout.readline())["port"]
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    self.stop()
                    raise
                time.sleep(0.05)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def cost(self, requests, connections, seconds):
        """Returns milliseconds of processor time per request, and the latencies."""
        before = processor_seconds(self.process.pid)
        count, latencies = load(self.port, requests, connections, seconds)
        return (processor_seconds(self.process.pid) - before) * 1000 / max(count, 1), latencies


def command(binary, folder, *words):
    done = subprocess.run([binary, *words, "--data-dir", folder], capture_output=True, text=True, check=True)
    return done.stdout


def made_up(count):
    rng = random.Random(1)
    words = [f"word{number}" for number in range(5000)]
    for number in range(count):
        text = " ".join(rng.choice(words) for _ in range(180))
        yield {"id": f"made{number}", "title": f"Document {number}", "text": text}


def contextd(binary, folder):
    """Starts contextd; returns it, a key, a document's id and queries."""
    server = Server(
        [binary, "serve", "--data-dir", folder, "--listen", "127.0.0.1:0", "--log-level", "warning", "--json"], announces=True)
    tenants = [line.split()[0] for line in command(binary, folder, "tenant", "list").splitlines() if line.strip()]
    tenant = next((name for name in tenants if re.fullmatch(r"[a-z0-9-]+", name)), None)
    is_new = tenant is None
    if is_new:
        tenant = "bench"
        command(binary, folder, "tenant", "create", tenant)
    key = json.loads(command(binary, folder, "key", "create", "--tenant", tenant, "--json"))["key"]
    if is_new:
        for document in made_up(400):
            Connection(server.port).exchange(message("PUT", f"/v1/documents/{document['id']}?wait=true", {"text": document["text"]}, key))
    return server, key


def first_document(port, key):
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(message("GET", "/v1/documents?limit=1", key=key).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        data = b""
        while part := connection.recv(1 << 16):
            data += part
    return json.loads(data.split(b"\r\n\r\n", 1)[1])["data"][0]["id"]


def cases(port, key, queries):
    """Returns the requests of each case of contextd."""
    def search(mode):
        return [message("POST", "/v1/search", {"query": query, "mode": mode, "limit": 10}, key) for query in queries]

    def call(method, **params):
        return message("POST", "/mcp", {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}, key)

    return {
        "health/live": [message("GET", "/health/live")],
        "models": [message("GET", "/v1/models", key=key)],
        "document": [message("GET", f"/v1/documents/{first_document(port, key)}", key=key)],
        "dense search": search("dense"),
        "lexical search": search("lexical"),
        "hybrid search": search("hybrid"),
        "grouped hybrid search": [
            message("POST", "/v1/search", {"query": query, "limit": 10, "group_by": "document"}, key) for query in queries],
        "MCP tools/list": [call("tools/list")],
        "MCP search": [call("tools/call", name="search", arguments={"query": query, "limit": 10}) for query in queries],
    }


def rivals(python):
    """Returns the servers to compare with, and their requests, by name of the case; says what is missing."""
    found = {}
    head = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    for rival, case, source, request in (
        ("uvicorn with uvloop", "health/live", UVICORN, message("GET", "/health/live")),
        ("official MCP SDK", "MCP tools/list", SDK, message("POST", "/mcp", head)),
    ):
        if not python:
            print(f"{rival}: not measured (no --rivals)", file=sys.stderr)
            continue
        port = free_port()
        request = request.replace(b"Host: 127.0.0.1", f"Host: 127.0.0.1:{port}".encode())
        try:
            server = Server([python, "-c", source.replace("PORT", str(port))], port=port)
            Connection(port).exchange(request)
            found[case] = (rival, server, [request])
        except (OSError, ConnectionError) as error:
            print(f"{rival}: not measured ({error})", file=sys.stderr)
    print("pgvector: not measured (no PostgreSQL with pgvector among the benchmark's packages)", file=sys.stderr)
    return found


def measure(servers, rounds, seconds):
    """Returns the least cost of each case in milliseconds, by number of connections, and its latencies."""
    costs, latencies = {}, {}
    for round_number in range(rounds + 1):
        for name, (server, requests) in servers.items():
            for connections in CONNECTIONS:
                cost, times = server.cost(requests, connections, seconds)
                # The first round warms caches: of vectors, of passages, of pages.
                if round_number > 0:
                    costs.setdefault((name, connections), []).append(cost)
                    latencies.setdefault((name, connections), []).extend(times)
    return {key: min(values) for key, values in costs.items()}, {key: sorted(values) for key, values in latencies.items()}


def flatness(server, requests, seconds):
    """Returns how many bytes of resident memory the process gained per request after it was warm."""
    load(server.port, requests, 16, seconds)
    before = resident_bytes(server.process.pid)
    count, _ = load(server.port, requests, 16, seconds * 3)
    return (resident_bytes(server.process.pid) - before) / max(count, 1)


def report(costs, latencies, names):
    rows = []

    def add(name, value, unit, conditions, **more):
        rows.append({"name": f"request: {name}", "value": value, "unit": unit, "conditions": conditions, **more})

    for connections in CONNECTIONS:
        conditions = f"{connections} connection{'s' if connections > 1 else ''}, user and system time of the server"
        live = costs["health/live", connections]
        for (name, number), cost in costs.items():
            if number != connections or name in names:
                continue
            times = latencies[name, connections]
            add(f"{name}, processor time", cost, "ms", conditions)
            add(f"{name}, in health checks", cost / live, "times", conditions)
            add(f"{name}, p99 to p50", times[len(times) * 99 // 100] / times[len(times) // 2], "times", conditions)
        for name, (case, rival) in names.items():
            add(f"{case}, against {rival}", costs[case, connections] / costs[name, connections], "times", conditions)
        add("MCP search over hybrid search", costs["MCP search", connections] - costs["hybrid search", connections], "ms", conditions)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, help="the contextd program")
    parser.add_argument("--data", type=pathlib.Path, help="data directory with a tenant and its documents")
    parser.add_argument("--queries", type=pathlib.Path, help="queries.jsonl of the collection")
    parser.add_argument("--rivals", help="a Python with the packages of requirements-bench-http.txt")
    parser.add_argument("--seconds", type=float, default=2, help="duration of a round (default 2)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds that count (default 3)")
    parser.add_argument("--json", help="file to write the results to")
    options = parser.parse_args()

    binary = str(pathlib.Path(options.binary).resolve())
    queries = ["white matter in the brain", "word17 word333 word4021"]
    if options.queries:
        queries = [json.loads(line)["text"] for line in options.queries.read_text().splitlines()[:50]]
    scratch = tempfile.mkdtemp(prefix="contextd-overhead-")
    folder = os.path.join(scratch, "data")
    others = {}
    server = None
    try:
        if options.data:
            shutil.copytree(options.data, folder)
        server, key = contextd(binary, folder)
        servers = {name: (server, requests) for name, requests in cases(server.port, key, queries).items()}
        others = rivals(options.rivals)
        names = {f"{rival}: {case}": (case, rival) for case, (rival, _, _) in others.items()}
        servers |= {f"{rival}: {case}": (other, requests) for case, (rival, other, requests) in others.items()}
        costs, latencies = measure(servers, options.rounds, options.seconds)
        rows = report(costs, latencies, names)
        rows.append({
            "name": "request: memory gained per health check", "value": flatness(server, servers["health/live"][1], options.seconds),
            "unit": "bytes", "conditions": "16 connections, resident memory"})
    finally:
        for other in [server, *(other for _, other, _ in others.values())]:
            if other:
                other.stop()
        shutil.rmtree(scratch, ignore_errors=True)
    for row in rows:
        print(f"{row['name']:<60} {row['value']:>10.3f} {row['unit']}  {row['conditions']}")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
