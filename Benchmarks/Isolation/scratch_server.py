"""A contextd server on a scratch folder, with tenants and keys."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import shutil


class ScratchServer:
    def __init__(self, binary, settings=()):
        self.binary = str(pathlib.Path(binary).resolve())
        self.folder = tempfile.mkdtemp(prefix="contextd-isolation-")
        words = [word for setting in settings for word in ("--set", setting)]
        self.process = subprocess.Popen(
            [self.binary, "serve", "--data-dir", self.folder, "--listen", "127.0.0.1:0", "--log-level", "error", "--json", *words],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            self.stop()
            sys.exit("error: the server did not start")
        self.port = json.loads(line)["port"]

    def tenant(self, name):
        """Creates a tenant and returns a key that can read and write."""
        self.command("tenant", "create", name)
        return json.loads(self.command("key", "create", "--tenant", name, "--json"))["key"]

    def command(self, *words):
        done = subprocess.run([self.binary, *words, "--data-dir", self.folder], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"error: contextd {' '.join(words[:2])}: {done.stderr.strip()}")
        return done.stdout

    def resident_bytes(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                os.kill(self.process.pid, signal.SIGKILL)
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
