#!/usr/bin/env python3
"""Loads a server with two tenants, one of them hostile, kills it repeatedly, and checks its data.

    soak.py [--minutes 20] [--kill-seconds 60] [--seed N] [--binary .build/release/contextd] [--keep FOLDER]

During the first two fifths of the time, the server is killed (SIGKILL) every --kill-seconds and restarted on the same data. It then runs
without kills; the middle and the last third of this run are compared. At the end the server is killed once more, all acknowledged
writes are compared with a model, and the server is stopped with SIGTERM while requests are half sent.

It passes if
  - no acknowledged write is lost or altered, no deleted document reappears, and no tenant sees data of the other;
  - every acknowledged upload has become ready;
  - the server never exited by itself, never returned status 500, and stopped within 5 s;
  - the median resident memory of the last third is at most 5 % above that of the middle third;
  - the well-behaved tenant's p99 search latency in the last third is at most 1.5 times that of the middle third, or 50 ms more, and at most
    1 % of its searches were refused;
  - every health request was answered within 5 s.
Prints one table; exits with 1 if a check failed. Uses only Python's standard library and connects only to loopback.
"""

import argparse
import os
import pathlib
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time

from soaking import writers
from soaking.hostile import Hostile
from soaking.model import Down, Findings, Model, check_hits, verify, wait_for_jobs
from soaking.server import Client, Server, Tallies

RSS_TOLERANCE = 1.05
P99_FACTOR, P99_SLACK_MS = 1.5, 50
REFUSED_SHARE = 0.01
STOP_SECONDS = 5
HEALTH_SECONDS = 5
HOSTILE_WORKERS = 4


class Soak:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.log = open(folder / "server.log", "wb")
        self.server = Server(options.binary, str(folder / "data"), self.log)
        self.tallies, self.findings = Tallies(), Findings()
        self.stopping = threading.Event()
        self.searches = []  # (when, milliseconds) of the well-behaved tenant
        self.refused = 0
        self.health = []  # seconds; None: no answer
        self.memory = []  # (when, resident bytes, own bytes, descriptors)
        self.start_seconds = []
        self.broken = 0
        self.keys, self.models = {}, {}

    def prepare(self):
        for tenant in ("calm", "wild"):
            self.server.run("tenant", "create", tenant)
            self.keys[tenant] = self.server.run("key", "create", "--tenant", tenant)["key"]
            self.models[tenant] = [Model(tenant, writer, self.marker(tenant)) for writer in ("x", "y")]

    @staticmethod
    def marker(tenant):
        return f"zq{tenant}qz"

    def client(self, tenant, keep=False):
        return Client(self.server, self.keys[tenant], self.tallies, keep)

    # Those who load the server. Each runs in a thread of its own until the end.

    def actor(self, act, pause, seed):
        rng = random.Random(f"{self.options.seed} {seed}")
        while not self.stopping.is_set():
            if not self.server.up.wait(1):
                continue
            try:
                act(rng)
            except Down:
                pass
            except OSError:
                self.broken += 1
            except Exception as error:  # a bug of ours, or an answer that cannot be read
                self.findings.add("a response cannot be read", f"{type(error).__name__}: {error}")
            self.stopping.wait(rng.uniform(0, 2 * pause))

    def search_calmly(self, client):
        def act(rng):
            body = {"query": f"{rng.choice(writers.WORDS)} {rng.choice(writers.WORDS)}", "limit": 10, "mode": rng.choice(("hybrid", "lexical"))}
            began = time.monotonic()
            try:
                status, answer = client.send("POST", "/v1/search", body)
            except OSError:
                if self.server.up.is_set():
                    self.refused += 1
                raise
            if status == 200:
                self.searches.append((began, (time.monotonic() - began) * 1000))
                check_hits(answer, "calm", self.marker("wild"), self.findings)
            else:
                self.refused += 1
        return act

    def write_as(self, tenant, model):
        client = self.client(tenant)
        return lambda rng: writers.write(client, model, rng, self.findings)

    def attack(self, seed):
        rng = random.Random(f"{self.options.seed} hostile {seed}")
        hostile = Hostile(self.client("wild"), "wild", self.marker("calm"), self.findings, rng)
        weights, acts = zip(*hostile.acts())

        def act(_):
            hostile.drop_old()
            rng.choices(acts, weights)[0]()
        return act

    def probe(self):
        """Health and memory, now and then."""
        client = Client(self.server, "", self.tallies)
        while not self.stopping.wait(1):
            if not self.server.up.is_set():
                continue
            began = time.monotonic()
            try:
                status, _ = client.send("GET", "/health/live", timeout=30)
                self.health.append(time.monotonic() - began if status == 200 else None)
            except Down:
                continue
            except OSError:
                self.health.append(None)
            resident = self.server.resident()
            if resident and self.server.up.is_set():
                self.memory.append((time.monotonic(), *resident, self.server.descriptors() or 0))

    def threads(self):
        acts = [("calm search 1", self.search_calmly(self.client("calm", keep=True)), 0.1),
                ("calm search 2", self.search_calmly(self.client("calm")), 0.2)]
        for tenant, pause in (("calm", 0.5), ("wild", 0.2)):
            acts += [(f"{tenant} write {place}", self.write_as(tenant, model), pause) for place, model in enumerate(self.models[tenant])]
        acts += [(f"hostile {place}", self.attack(place), 0.15) for place in range(HOSTILE_WORKERS)]
        made = [threading.Thread(target=self.actor, args=(act, pause, name), daemon=True) for name, act, pause in acts]
        return made + [threading.Thread(target=self.probe, daemon=True)]

    # The run.

    def run(self):
        self.prepare()
        self.start_seconds.append(self.server.start())
        threads = self.threads()
        for thread in threads:
            thread.start()
        began, total = time.monotonic(), self.options.minutes * 60
        while time.monotonic() - began < total * 0.4 - self.options.kill_seconds / 2:
            time.sleep(min(self.options.kill_seconds, total * 0.4))
            self.restart()
        self.say("no more kills from here on")
        while time.monotonic() - began < total:
            time.sleep(1)
            if self.server.process.poll() is not None:
                self.server.unexpected.append(self.server.process.returncode)
                self.start_seconds.append(self.server.start())
        self.server.kill()
        self.stopping.set()
        for thread in threads:
            thread.join(90)
        self.start_seconds.append(self.server.start())
        compared = self.verify()
        status, seconds = self.stop_with_half_sent_requests()
        return self.report(compared, status, seconds)

    def restart(self):
        self.say(f"kill -9 after {len(self.searches)} searches, {sum(m.acknowledged for ms in self.models.values() for m in ms)} acknowledged writes")
        self.server.kill()
        self.start_seconds.append(self.server.start())

    def verify(self):
        compared = 0
        for tenant, models in self.models.items():
            client = self.client(tenant, keep=True)
            for model in models:
                wait_for_jobs(client, model, self.findings, 300, time.monotonic)
            compared += verify(client, models, tenant, self.findings)
            stranger = self.marker("wild" if tenant == "calm" else "calm")
            for mode in ("hybrid", "lexical", "dense"):
                status, answer = client.send("POST", "/v1/search", {"query": stranger, "limit": 100, "mode": mode})
                if status == 200:
                    check_hits(answer, tenant, stranger, self.findings)
                else:
                    self.findings.add("a search of the final check failed", f"{status} {answer!r}")
        return compared

    def stop_with_half_sent_requests(self):
        hostile = Hostile(self.client("wild"), "wild", self.marker("calm"), self.findings, random.Random(self.options.seed))
        for _ in range(5):
            hostile.half_open()
        outcome = self.server.stop()
        hostile.drop_old(everything=True)
        return outcome

    def report(self, compared, status, stop_seconds):
        table = Table()
        longest = max(self.server.lives, key=lambda life: life[1] - life[0])
        acknowledged = sum(model.acknowledged for models in self.models.values() for model in models)
        table.add("server runs, longest in seconds", f"{len(self.server.lives)}, {longest[1] - longest[0]:.0f}")
        table.add("slowest start in seconds", f"{max(self.start_seconds):.1f}")
        table.add("responses by status", ", ".join(f"{s}: {n}" for s, n in sorted(self.tallies.statuses.items())))
        table.add("connections that broke while the server was up", self.broken)
        table.add("writes acknowledged, documents compared at the end", f"{acknowledged}, {compared}", compared > 0 and acknowledged > 0)
        table.add("unexpected exits (status)", self.server.unexpected or "none", not self.server.unexpected)
        table.add("responses with status 500", len(self.tallies.errors), not self.tallies.errors)
        late = [seconds for seconds in self.health if seconds is None or seconds > HEALTH_SECONDS]
        slowest = max((s for s in self.health if s is not None), default=0)
        table.add(f"health slower than {HEALTH_SECONDS} s", f"{len(late)} of {len(self.health)}, slowest {slowest:.2f} s", not late)
        self.add_memory(table, longest)
        self.add_latency(table, longest)
        table.add("stopped by SIGTERM with half-sent requests", f"status {status}, {stop_seconds:.1f} s", status == 0 and stop_seconds <= STOP_SECONDS)
        for kind, count in sorted(self.findings.counts.items()):
            table.add(kind, f"{count} times", False)
        if not self.findings.counts:
            table.add("documents lost, altered, reappeared, or visible to the other tenant", "none", True)
        table.print()
        for kind, examples in self.findings.examples.items():
            for example in filter(None, examples):
                print(f"  {kind}: {example}")
        for error in self.tallies.errors[:10]:
            print(f"  500: {error}")
        return table.passed

    def add_memory(self, table, life):
        samples = [sample for sample in self.memory if life[0] <= sample[0] <= life[1]]
        middle, last = thirds(samples, life)
        for place, name, bounded in ((1, "resident memory", True), (2, "private memory", False), (3, "open descriptors", False)):
            a, b = (statistics.median(sample[place] for sample in part) if part else 0 for part in (middle, last))
            unit = 1 if place == 3 else 1 << 20
            ratio = b / a if a else float("inf")
            verdict = ratio <= RSS_TOLERANCE if bounded else None
            table.add(f"{name}, middle and last third{'' if place == 3 else ' in MiB'}", f"{a / unit:.0f}, {b / unit:.0f} ({ratio:.3f})", verdict)

    def add_latency(self, table, life):
        samples = [sample for sample in self.searches if life[0] <= sample[0] <= life[1]]
        middle, last = thirds(samples, life)
        for percent in (50, 99):
            a, b = (percentile([ms for _, ms in part], percent) for part in (middle, last))
            verdict = b <= max(a * P99_FACTOR, a + P99_SLACK_MS) and bool(middle and last) if percent == 99 else None
            table.add(f"tenant calm: search p{percent}, middle and last third in ms", f"{a:.1f}, {b:.1f} of {len(middle)}, {len(last)}", verdict)
        count = len(self.searches) + self.refused
        table.add("tenant calm: searches refused or interrupted", f"{self.refused} of {count}", self.refused <= count * REFUSED_SHARE)

    def say(self, text):
        print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


def thirds(samples, life):
    """Those of the middle and of the last third of a life."""
    length = (life[1] - life[0]) / 3
    return ([s for s in samples if length <= s[0] - life[0] < 2 * length], [s for s in samples if s[0] - life[0] >= 2 * length])


def percentile(values, percent):
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)] if values else 0.0


class Table:
    def __init__(self):
        self.rows, self.passed = [], True

    def add(self, name, value, verdict=None):
        self.rows.append((name, str(value), "" if verdict is None else "ok" if verdict else "FAILED"))
        self.passed = self.passed and verdict is not False

    def print(self):
        width = max(len(name) for name, _, _ in self.rows)
        for name, value, verdict in self.rows:
            print(f"{name:<{width}}  {verdict:<6}  {value}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20, help="duration (default: 20)")
    parser.add_argument("--kill-seconds", type=float, default=60, help="time between kills (default: 60)")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"), help="seed of the random load (default: random)")
    parser.add_argument("--binary", default=".build/release/contextd", help="contextd to run (default: .build/release/contextd)")
    parser.add_argument("--keep", type=pathlib.Path, help="folder for the data and the server's log; it is not deleted")
    options = parser.parse_args()
    folder = options.keep or pathlib.Path(tempfile.mkdtemp(prefix="contextd-soak-"))
    folder.mkdir(parents=True, exist_ok=True)
    print(f"soak: {options.minutes:g} minutes, seed {options.seed}, in {folder}", flush=True)
    soak = Soak(options, folder)
    passed = False
    try:
        passed = soak.run()
    finally:
        if soak.server.process and soak.server.process.poll() is None:
            soak.server.process.kill()
        soak.log.close()
        if passed and not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print("passed" if passed else f"FAILED; data and log are in {folder}")
    sys.exit(0 if passed else 1)


main()
