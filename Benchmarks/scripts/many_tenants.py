#!/usr/bin/env python3
"""Measures a server with very many tenants: how long it takes to start, the memory of an idle tenant, the latency of the first search
on a closed index, and whether memory stays within its budget.

    many_tenants.py --binary .build/release/contextd --fill .build/release/bench-tenants [--registered 100000] [--filled 2000]
                    [--chunks 1000] [--large 20] [--large-chunks 10000] [--searches 3000] [--json OUT]

Passages and vectors are synthetic and written directly into the catalog (Benchmarks/Tenants); queries are embedded by the model in
CONTEXTD_MODEL_DIR. The system's file cache stays as it was after the files were written; nothing clears it. Uses only the standard
library. OUT is a list for gather.py.
"""

import argparse
import http.client
import json
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

MODES = ("hybrid", "dense", "lexical")


class Server:
    """A server on a data directory; measures how long it takes until it is ready."""

    def __init__(self, binary, data, *settings):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        start = time.perf_counter()
        command = [binary, "serve", "--data-dir", data, "--listen", f"127.0.0.1:{self.port}", "--log-level", "error"]
        self.process = subprocess.Popen(command + [word for setting in settings for word in ("--set", setting)], stdout=subprocess.DEVNULL)
        while True:
            if self.process.poll() is not None:
                sys.exit(f"error: the server exited with status {self.process.returncode}")
            try:
                with self.connection() as connection:
                    connection.request("GET", "/health/ready")
                    if connection.getresponse().status == 200:
                        break
            except OSError:
                pass
            if time.perf_counter() - start > 120:
                self.process.kill()
                sys.exit("error: the server was not ready after two minutes")
            time.sleep(0.005)
        self.seconds_to_ready = time.perf_counter() - start

    def connection(self):
        class Closing(http.client.HTTPConnection):
            def __enter__(self):
                return self

            def __exit__(self, *_):
                self.close()

        return Closing("127.0.0.1", self.port, timeout=60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def memory(self):
        """Returns the process's own bytes; the system can reclaim the pages of mapped files."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        return int(fields["RssAnon"].split()[0]) * 1024, int(fields["VmRSS"].split()[0]) * 1024


def search(connection, key, query, mode):
    """Returns the latency of a search in milliseconds and checks the response."""
    body = json.dumps({"query": query, "limit": 10, "mode": mode})
    start = time.perf_counter()
    connection.request("POST", "/v1/search", body, {"Authorization": f"Bearer {key}", "Content-Type": "application/json"})
    response = connection.getresponse()
    answer = json.loads(response.read())
    elapsed = (time.perf_counter() - start) * 1000
    if response.status != 200 or len(answer["results"]) != 10:
        sys.exit(f"error: {mode} search: status {response.status}, {len(answer.get('results', []))} results")
    return elapsed


def query(rng):
    return " ".join("w" + "0123456789abcdefghijklmnopqrstuvwxyz"[rng.randrange(1, 36)] for _ in range(4))


def percentile(values, percent):
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


class Report:
    def __init__(self, conditions):
        self.rows, self.conditions = [], conditions

    def add(self, name, value, unit, conditions=""):
        self.rows.append({"name": name, "value": value, "unit": unit, "conditions": ", ".join(filter(None, [self.conditions, conditions]))})
        print(f"{name:<64} {value:12,.{1 if value >= 10 else 3}f} {unit}  {conditions}", flush=True)


def run(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout


def measure_start(options, data, empty, report):
    """Computes an idle tenant's memory from the difference to a server with one tenant, after each has answered one search."""
    memory = {}
    for name, folder in (("one tenant", empty), ("all tenants", data)):
        seconds = []
        for _ in range(3):
            with Server(options.binary, folder) as server:
                seconds.append(server.seconds_to_ready)
                with server.connection() as connection:
                    connection.request("GET", "/health/live")
                    connection.getresponse().read()
                memory.setdefault(name, []).append(server.memory()[0])
        report.add(f"tenants: start to ready, {name}", sorted(seconds)[1], "s")
    idle = (min(memory["all tenants"]) - min(memory["one tenant"])) / options.registered
    report.add("tenants: memory of an idle tenant", idle, "bytes", f"{min(memory['all tenants']) / 1e6:.1f} MB with all, {min(memory['one tenant']) / 1e6:.1f} MB with one")


def measure_cold(options, data, keys, rng, report):
    """Measures first searches on large tenants, over several starts, in a server that has embedded something before."""
    times, warm = [], []
    while len(times) < options.cold:
        with Server(options.binary, data) as server, server.connection() as connection:
            for _ in range(5):
                search(connection, keys["filled"][0], query(rng), "hybrid")
            order = keys["large"][:]
            rng.shuffle(order)
            for key in order:
                asked = query(rng)
                times.append(search(connection, key, asked, "hybrid"))
                warm.append(search(connection, key, query(rng), "hybrid"))
    size = f"{options.large_chunks} chunks, hybrid over HTTP, {len(times)} first answers"
    for percent in (50, 99):
        report.add(f"tenants: first answer of a closed tenant, p{percent}", percentile(times, percent), "ms", size)
    report.add("tenants: second answer, p50", percentile(warm, 50), "ms", size)


def measure_budget(options, data, keys, rng, report):
    """Measures random access by one client, with a memory budget for a tenth of the indexes."""
    tenants = keys["filled"]
    with Server(options.binary, data) as server, server.connection() as connection:
        sample = tenants[:50]
        for key in sample:
            search(connection, key, query(rng), "lexical")
        connection.request("GET", "/v1/index/stats", headers={"Authorization": f"Bearer {sample[0]}"})
        stats = json.loads(connection.getresponse().read())
    total = stats["bytes"]["memory"] * len(tenants)
    budget = max(total // 10, 1 << 20)
    with Server(options.binary, data, f"index.memory={budget >> 10}KB") as server, server.connection() as connection:
        search(connection, tenants[0], query(rng), "hybrid")
        before, times, highest = server.memory()[0], [], 0
        for number in range(options.searches):
            times.append(search(connection, rng.choice(tenants), query(rng), MODES[number % 3]))
            if number % 20 == 0:
                highest = max(highest, server.memory()[0])
        mapped = server.memory()[1]
    facts = f"{options.searches} searches of {len(tenants)} tenants, indexes {total / 1e6:.0f} MB, budget {budget / 1e6:.0f} MB"
    report.add("tenants: memory over the start, under a budget", (highest - before) / 1e6, "MB", facts + f", {mapped / 1e6:.0f} MB resident with mapped files")
    report.add("tenants: memory over the start, share of the budget", (highest - before) / budget, "share", facts)
    for percent in (50, 99):
        report.add(f"tenants: search under a budget, p{percent}", percentile(times, percent), "ms", facts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", 1)[0])
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--fill", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path, help="folder to create the data in, or to reuse (default: a scratch folder)")
    parser.add_argument("--registered", type=int, default=100_000)
    parser.add_argument("--filled", type=int, default=2_000)
    parser.add_argument("--chunks", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=20)
    parser.add_argument("--large-chunks", type=int, default=10_000)
    parser.add_argument("--searches", type=int, default=3_000)
    parser.add_argument("--cold", type=int, default=100, help="minimum number of first answers to measure")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    folder = options.data or pathlib.Path(tempfile.mkdtemp(prefix="many-tenants-"))
    try:
        data, empty, keys_file = folder / "data", folder / "empty", folder / "keys.json"
        if not keys_file.exists():
            text = folder / "first.txt"
            folder.mkdir(parents=True, exist_ok=True)
            text.write_text("One document, which says by which model vectors are made.")
            for place in (data, empty):
                run(options.binary, "tenant", "create", "first", "--data-dir", place)
                run(options.binary, "ingest", text, "--tenant", "first", "--data-dir", place)
            start = time.perf_counter()
            numbers = [("--registered", options.registered), ("--filled", options.filled), ("--chunks", options.chunks),
                       ("--large", options.large), ("--large-chunks", options.large_chunks)]
            keys_file.write_text(run(options.fill, data, *[word for pair in numbers for word in pair]))
            print(f"created in {time.perf_counter() - start:.0f} s", flush=True)
        keys = json.loads(keys_file.read_text())
        report = Report(f"{options.registered} tenants registered, {options.filled} of {options.chunks} chunks, {options.large} of {options.large_chunks}")
        rng = random.Random(7)
        measure_start(options, data, empty, report)
        measure_cold(options, data, keys, rng, report)
        measure_budget(options, data, keys, rng, report)
        if options.json:
            options.json.write_text(json.dumps(report.rows, indent=1) + "\n")
    finally:
        if not options.data:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
