"""A contextd release build on a scratch folder, for attacks: functions to start, query, measure and kill it."""

import http.client
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("ATTACKED_BINARY", str(ROOT / ".build/release/contextd"))
MODEL = os.environ.get("CONTEXTD_MODEL_DIR", str(ROOT / "models/all-MiniLM-L6-v2"))


class Server:
    """One server process and the command line on its data directory."""

    def __init__(self, *arguments, descriptors=None, folder=None):
        self.arguments = arguments
        self.descriptors = descriptors
        self.scratch = folder is None
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="contextd-attack-"))
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.process = None
        self.port = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()
        if self.scratch:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def environment(self):
        return {**os.environ, "CONTEXTD_DATA_DIR": str(self.data), "CONTEXTD_MODEL_DIR": MODEL}

    def run(self, *arguments, check=True):
        """Runs a command on the data directory and returns its parsed JSON output, or the finished process if `check` is false."""
        done = subprocess.run([BINARY, *arguments], env=self.environment, capture_output=True, text=True, timeout=300)
        if not check:
            return done
        if done.returncode != 0:
            raise RuntimeError(f"{arguments}: {done.returncode} {done.stderr[-400:]}")
        return json.loads(done.stdout) if "--json" in arguments and done.stdout.strip() else done.stdout

    def start(self, wait=90):
        """Starts the server. Returns whether it listens."""
        limit = (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, self.descriptors)) if self.descriptors else None
        self.output = open(self.log, "ab")
        self.process = subprocess.Popen(
            [BINARY, "serve", "--listen", "127.0.0.1:0", "--json", *self.arguments],
            env=self.environment, stdout=subprocess.PIPE, stderr=self.output, preexec_fn=limit)
        deadline = time.monotonic() + wait
        os.set_blocking(self.process.stdout.fileno(), False)
        text = b""
        while time.monotonic() < deadline and self.process.poll() is None:
            text += self.process.stdout.read() or b""
            if b"\n" in text:
                self.port = json.loads(text.split(b"\n")[0])["port"]
                return True
            time.sleep(0.02)
        return False

    def stop(self, number=signal.SIGTERM, wait=40):
        """Sends the signal. Returns the seconds until exit and the exit status; (None, None) if it does not exit."""
        begun = time.monotonic()
        self.process.send_signal(number)
        try:
            status = self.process.wait(wait)
        except subprocess.TimeoutExpired:
            return None, None
        return time.monotonic() - begun, status

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    @property
    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def tenant(self, name, scopes="read,write"):
        """Creates the tenant if needed and returns a key of it."""
        self.run("tenant", "create", name, check=False)
        return self.key(name, scopes)["key"]

    def key(self, tenant, scopes="read,write"):
        return self.run("key", "create", "--tenant", tenant, "--scopes", scopes, "--json")

    def rss(self):
        """Returns the resident memory in MB."""
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0.0

    def cpu(self):
        """Returns the processor seconds used so far."""
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # Requests

    def ask(self, method, path, key=None, body=None, headers=None, timeout=60):
        """Sends one request on its own connection; returns status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        all_headers = dict(headers or {})
        if key:
            all_headers["Authorization"] = f"Bearer {key}"
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            all_headers.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body=body, headers=all_headers)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def json(self, *arguments, **named):
        status, _, body = self.ask(*arguments, **named)
        try:
            return status, json.loads(body)
        except ValueError:
            return status, None

    def raw(self, data=b"", timeout=10):
        """Returns a connected socket to which `data` was sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=timeout)
        if data:
            connection.sendall(data)
        return connection
