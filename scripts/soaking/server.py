"""A contextd that is started, killed and started again on one data directory."""

import http.client
import json
import os
import pathlib
import signal
import subprocess
import threading
import time

TIMEOUT_SECONDS = 60


class Down(Exception):
    """The server is being killed or started: what was under way is in doubt."""


class Server:
    def __init__(self, binary, folder, log):
        self.binary, self.folder, self.log = binary, folder, log
        self.process, self.port = None, 0
        self.lives = []  # (began, ended, pid), on the monotonic clock
        self.up = threading.Event()
        self.unexpected = []  # how the server ended when nobody asked it to

    def run(self, *arguments):
        command = [self.binary, *arguments, "--data-dir", self.folder, "--json"]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return json.loads(output) if output.strip() else None

    def start(self):
        began = time.monotonic()
        command = [self.binary, "serve", "--data-dir", self.folder, "--listen", "127.0.0.1:0", "--json", "--log-level", "warning"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"error: the server did not start; its log is {self.log.name}")
        self.port = json.loads(line)["port"]
        self.lives.append([time.monotonic(), None, self.process.pid])
        self.up.set()
        return time.monotonic() - began

    def kill(self):
        """SIGKILL in the middle of whatever is under way."""
        self.up.clear()
        self.check()
        self.process.kill()
        self._ended()

    def stop(self):
        """SIGTERM. Returns the exit status and the seconds that it took."""
        self.up.clear()
        self.check()
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(120)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self._ended()
        return self.process.returncode, time.monotonic() - began

    def check(self):
        """Notes a server that ended by itself."""
        if self.process.poll() is not None:
            self.unexpected.append(self.process.returncode)

    def _ended(self):
        self.process.wait()
        self.process.stdout.close()
        self.lives[-1][1] = time.monotonic()

    def resident(self):
        """Bytes: all that is resident, and what of it is the process's own."""
        try:
            status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:
            return None
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        if "VmRSS" not in fields:
            return None
        return int(fields["VmRSS"].split()[0]) * 1024, int(fields["RssAnon"].split()[0]) * 1024

    def descriptors(self):
        try:
            return len(os.listdir(f"/proc/{self.process.pid}/fd"))
        except OSError:
            return None


class Client:
    """Requests of one tenant's key, each on a connection of its own unless `keep` is set."""

    def __init__(self, server, key, tallies, keep=False):
        self.server, self.key, self.tallies, self.keep = server, key, tallies, keep
        self.connection, self.port = None, None

    def send(self, method, path, body=None, headers=None, timeout=TIMEOUT_SECONDS):
        """Returns status and body. Raises `Down` where the server went away meanwhile, OSError where only the connection did."""
        if not self.server.up.wait(timeout):
            raise Down()
        life = len(self.server.lives)
        try:
            connection = self._connection(timeout)
            all_headers = {"Authorization": f"Bearer {self.key}"} | (headers or {})
            if isinstance(body, (dict, list)):
                body = json.dumps(body).encode()
                all_headers.setdefault("Content-Type", "application/json")
            connection.request(method, path, body, all_headers)
            response = connection.getresponse()
            answer = response.read()
            self.tallies.add(response.status, method, path, answer)
            return response.status, answer
        except (OSError, http.client.HTTPException) as error:
            self.close()
            if not self.server.up.is_set() or life != len(self.server.lives):
                raise Down() from error
            raise OSError(f"{method} {path}: {type(error).__name__} {error}") from error
        finally:
            if not self.keep:
                self.close()

    def _connection(self, timeout):
        if self.connection is None or self.port != self.server.port:
            self.port = self.server.port
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        return self.connection

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class Tallies:
    """Statuses of all answers, and bodies of those that may not be."""

    def __init__(self):
        self.lock, self.statuses, self.errors = threading.Lock(), {}, []

    def add(self, status, method, path, answer):
        with self.lock:
            self.statuses[status] = self.statuses.get(status, 0) + 1
            if status == 500:
                self.errors.append(f"{method} {path}: {answer[:300]!r}")
