"""A scratch contextd server, a client for one tenant of it, and the registry of rows."""

import concurrent.futures
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "Tests/Attacks"))

from sockets import received, status_of  # noqa: E402, F401 (the rows import them from here)

# Rows


class Row:
    """One row: a kind such as `07 digit-groups`, a name, and a check that returns whether the row holds and what was seen."""

    def __init__(self, kind, name, check, alone):
        self.kind = kind.replace(" ", "-")
        self.name = name
        self.check = check
        self.alone = alone

    @property
    def label(self):
        return f"{self.kind}.{self.name}"


ROWS = []


def add(kind, name, check, alone=False):
    """Registers a row. `alone` runs it while no other row runs, for rows that measure time."""
    ROWS.append(Row(kind, name, check, alone))


def row(kind, name, alone=False):
    """Registers the decorated function as a row."""
    def register(check):
        add(kind, name, check, alone)
        return check
    return register


def shown(value, limit=300):
    """Returns the value on one line, cut to `limit` characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr)
    text = "".join(c if c.isprintable() and not 0xD800 <= ord(c) < 0xE000 else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
    return text if len(text) <= limit else text[:limit] + "…"


# The server


class Server:
    """One server process on a scratch folder."""

    def __init__(self, binary, model, *arguments, config=None, local_model=True):
        self.binary = str(binary)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="contextd-cases-"))
        self.data = self.folder / "data"
        self.arguments = list(arguments)
        self.environment = {**os.environ, "CONTEXTD_DATA_DIR": str(self.data)}
        self.environment.pop("CONTEXTD_MODEL_DIR", None)
        if local_model:
            self.environment["CONTEXTD_MODEL_DIR"] = str(pathlib.Path(model).resolve())
        if config:
            path = self.folder / "contextd.json"
            path.write_text(json.dumps(config))
            self.arguments += ["--config", str(path)]
        self.lock = threading.Lock()
        self.clients = {}
        self.process = None
        self.port = None

    def start(self, wait=90):
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(
            [self.binary, "serve", "--listen", "127.0.0.1:0", "--json", *self.arguments],
            env=self.environment, stdout=subprocess.PIPE, stderr=self.log)
        os.set_blocking(self.process.stdout.fileno(), False)
        deadline, text = time.monotonic() + wait, b""
        while time.monotonic() < deadline and self.process.poll() is None:
            text += self.process.stdout.read() or b""
            if b"\n" in text:
                self.port = json.loads(text.split(b"\n")[0])["port"]
                return self
            time.sleep(0.02)
        said = (self.folder / "log").read_text(errors="replace")[-600:]
        self.stop()
        raise RuntimeError(f"the server did not start: {said}")

    def stop(self):
        """Ends the process and removes the scratch folder."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process:
            self.process.stdout.close()
            self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *arguments):
        done = subprocess.run([self.binary, *arguments], env=self.environment, capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"{arguments}: {done.returncode} {done.stderr[-400:]}")
        return done.stdout

    def tenant(self, name):
        """Returns the client of the tenant, which is created on the command line if needed."""
        name = re.sub("[^a-z0-9-]", "-", name.lower())[:63]
        with self.lock:
            future = self.clients.get(name)
            if future is None:
                future = self.clients[name] = concurrent.futures.Future()
                owner = True
            else:
                owner = False
        if owner:
            try:
                self.run("tenant", "create", name)
                key = json.loads(self.run("key", "create", "--tenant", name, "--json"))["key"]
                future.set_result(Client(self.port, key))
            except Exception as error:
                future.set_exception(error)
        return future.result()


class World:
    """The servers of one run, each started when a row first needs it."""

    def __init__(self, binary, model, stub):
        self.binary, self.model, self.stub = binary, model, stub
        self.lock = threading.Lock()
        self.servers = {}
        self.shared = {}

    def server(self, name="main"):
        with self.lock:
            if name not in self.servers:
                self.servers[name] = self.made(name).start()
            return self.servers[name]

    def made(self, name):
        if name == "main":
            return Server(self.binary, self.model, config=self.stub.completions())
        if name == "origin":
            return Server(self.binary, self.model, "--allowed-origin", "http://localhost:6274")
        if name == "provider":
            return Server(self.binary, self.model, config=self.stub.embedding(), local_model=False)
        raise KeyError(name)

    def tenant(self, name, server="main"):
        return self.server(server).tenant(name)

    def once(self, name, make):
        """Returns what `make` returned the first time, for data that several rows share."""
        with self.lock:
            future, owner = self.shared.get(name), False
            if future is None:
                future, owner = concurrent.futures.Future(), True
                self.shared[name] = future
        if owner:
            try:
                future.set_result(make())
            except Exception as error:
                future.set_exception(error)
        return future.result()

    def stop(self):
        for server in self.servers.values():
            server.stop()


# Requests


class Response:
    """Status, headers (names in lower case) and body of a response."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def lines(self):
        """The objects of an NDJSON body."""
        return [json.loads(line) for line in self.body.splitlines() if line.strip()]

    def __str__(self):
        return shown(f"{self.status} {self.text}")


def quoted(identifier):
    return urllib.parse.quote(identifier, safe="")


MCP_HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json", "MCP-Protocol-Version": "2025-06-18"}


class Client:
    """Requests with the key of one tenant."""

    def __init__(self, port, key):
        self.port, self.key = port, key

    def request(self, method, path, body=None, headers=None, key=True, timeout=180):
        """Sends one request on its own connection. A dict or list is sent as JSON."""
        headers = dict(headers or {})
        if key:
            headers["Authorization"] = f"Bearer {self.key}"
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        elif isinstance(body, str):
            body = body.encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            return Response(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
        finally:
            connection.close()

    def get(self, path, **named):
        return self.request("GET", path, **named)

    # Documents

    def post(self, document):
        """Uploads a document as JSON and waits until it can be searched."""
        return self.request("POST", "/v1/documents?wait=true", document)

    def put(self, identifier, data, media_type=None, headers=None):
        """Uploads the bytes as they are and waits until they can be searched."""
        return self.request("PUT", f"/v1/documents/{quoted(identifier)}?wait=true", data, {**({"Content-Type": media_type} if media_type else {}), **(headers or {})})

    def form(self, identifier, filename, media_type, data):
        """Uploads a file as a form and waits until it can be searched."""
        data = data.encode() if isinstance(data, str) else data
        edge = b"----contextd-cases-9d1f"
        body = b"".join([
            b"--", edge, b'\r\nContent-Disposition: form-data; name="id"\r\n\r\n', identifier.encode(), b"\r\n--", edge,
            f'\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\nContent-Type: {media_type}\r\n\r\n'.encode(), data, b"\r\n--", edge, b"--\r\n"])
        return self.request("POST", "/v1/documents?wait=true", body, {"Content-Type": f"multipart/form-data; boundary={edge.decode()}"})

    def load(self, documents):
        """Imports the documents; raises an error if one fails."""
        answer = self.imported("\n".join(json.dumps(document) for document in documents))
        last = answer.lines[-1]
        if not last.get("done") or last["failed"]:
            raise RuntimeError(f"import: {answer}")

    def imported(self, body, headers=None):
        return self.request("POST", "/v1/documents/import", body, {"Content-Type": "application/x-ndjson", **(headers or {})})

    def document(self, identifier):
        return self.get(f"/v1/documents/{quoted(identifier)}").json or {}

    def content(self, identifier):
        """Returns the extracted text; None if there is none."""
        answer = self.get(f"/v1/documents/{quoted(identifier)}/content")
        return answer.body.decode() if answer.status == 200 else None

    def spans(self, identifier):
        return [(span["start"], span["end"]) for span in self.document(identifier).get("spans", [])]

    # Search

    def search(self, query, **fields):
        answer = self.request("POST", "/v1/search", {"query": query, **fields})
        if answer.status != 200:
            raise RuntimeError(f"search: {answer}")
        return answer.json["results"]

    def passages(self):
        """Returns the first hundred passages of the tenant's one document, in their order in the text."""
        return sorted(self.search("passage", mode="dense", limit=100), key=lambda hit: hit["span"]["start"])

    # Models and MCP

    def chat(self, question, **fields):
        messages = question if isinstance(question, list) else [{"role": "user", "content": question}]
        return self.request("POST", "/v1/chat/completions", {"messages": messages, **fields}, {"Cache-Control": "no-store"})

    def answer(self, question, **fields):
        """Returns the text of the built-in model's answer."""
        answer = self.chat(question, model="extractive", **fields)
        if answer.status != 200:
            raise RuntimeError(f"chat: {answer}")
        return answer.json["choices"][0]["message"]["content"]

    def mcp(self, method, params=None, headers=None, path="/mcp", version="2025-06-18", **fields):
        message = {"jsonrpc": "2.0", "id": 1, "method": method, **({} if params is None else {"params": params}), **fields}
        return self.request("POST", path, message, {**MCP_HEADERS, "MCP-Protocol-Version": version, **(headers or {})})

    def tool(self, name, **arguments):
        """Calls a tool; returns whether the call ran, and its result or error."""
        answer = self.mcp("tools/call", {"name": name, "arguments": arguments})
        result = (answer.json or {}).get("result")
        return answer.status == 200 and result is not None and not result.get("isError"), result if result is not None else answer.text

    # Sockets

    def socket(self, data, timeout=10):
        """Returns a connected socket to which `data` was sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=timeout)
        connection.sendall(data)
        return connection


def events(body):
    """Returns the data of each server-sent event, parsed unless it is `[DONE]`."""
    found = []
    for line in body.decode("utf-8", "replace").splitlines():
        if line.startswith("data:"):
            data = line[5:].strip()
            found.append(data if data == "[DONE]" else json.loads(data))
    return found
