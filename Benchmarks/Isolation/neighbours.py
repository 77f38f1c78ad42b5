#!/usr/bin/env python3
"""Measures how much one tenant's load changes another tenant's latency.

    neighbours.py --binary .build/release/contextd [--seconds 8] [--only WORD] [--limit 2] [--json OUT]

Tenant `quiet` searches at a modest fixed rate while /health/live is polled. Before each attack both are measured alone on the same
server, then during the attack. The ratio is p99 during the attack over p99 before it. Only the standard library is used. OUT is a list
for gather.py. Exits with 1 if --limit is given and a ratio of the searches exceeds it.
"""

import argparse
import json
import multiprocessing
import os
import random
import sys
import threading
import time

from attacks import ATTACKS, PARAGRAPH, documents, sentence, wide_metadata
from scratch_server import ScratchServer
from wire import Connection, request, set_port

RATE = 20  # searches a second
HEALTH_RATE = 10


def quantile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def paced(port, rate, seconds, make, results):
    """Sends at a fixed rate. A request that is late is sent immediately; its delay counts as latency."""
    connection = Connection(port)
    start = time.perf_counter()
    for turn in range(int(rate * seconds)):
        due = start + turn / rate
        time.sleep(max(0, due - time.perf_counter()))
        if time.perf_counter() - start > 3 * seconds:
            break
        try:
            status, _, _ = connection.send(make(turn))
        except OSError:
            status = 0
        results.append((status, time.perf_counter() - due))
    connection.close()


def probe(port, key, seconds, run, output):
    searches, health = [], []
    rng = random.Random(run)
    queries = [request("POST", "/v1/search", key, {"query": sentence(rng, 5)}) for _ in range(int(RATE * seconds))]
    live = request("GET", "/health/live")
    threads = [
        threading.Thread(target=paced, args=(port, RATE, seconds, lambda turn: queries[turn], searches)),
        threading.Thread(target=paced, args=(port, HEALTH_RATE, seconds, lambda turn: live, health)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    output.put((searches, health))


def measured(port, key, seconds, run):
    """Returns (p50, p99, health p99) in ms, and the number of failed requests."""
    output = multiprocessing.Queue()
    process = multiprocessing.Process(target=probe, args=(port, key, seconds, run, output))
    process.start()
    searches, health = output.get()
    process.join()
    failed = sum(status != 200 for status, _ in searches)
    times = [elapsed * 1000 for _, elapsed in searches]
    return quantile(times, 0.5), quantile(times, 0.99), quantile([elapsed * 1000 for _, elapsed in health], 0.99), failed


def attacker(port, key, attack, connection, stop, counts):
    """One connection of an attack, at low priority: real attackers would not use the server's processors."""
    os.nice(19)
    client = Connection(port)
    turn = 0
    # Created in advance, and again when all of them have been sent.
    ready = [attack.make(key, connection, turn) for turn in range(2)]
    while not stop.is_set():
        data = ready[turn] if turn < len(ready) else attack.make(key, connection, turn)
        try:
            status, _, _ = client.send(data)
        except OSError:
            status = 0
        with counts.get_lock():
            counts[min(status // 100, 5)] += 1
        turn += 1
        if status == 503:
            time.sleep(0.05)
    client.close()


def run(server, key, keys, attack, seconds, number):
    before = measured(server.port, key, seconds, 2 * number)
    attack.make(keys[attack.tenant], 0, 0)  # creates what all processes share, once
    stop, counts = multiprocessing.Event(), multiprocessing.Array("i", 6)
    processes = [
        multiprocessing.Process(target=attacker, args=(server.port, keys[attack.tenant], attack, place, stop, counts), daemon=True)
        for place in range(attack.connections)
    ]
    for process in processes:
        process.start()
    time.sleep(1.5)
    during = measured(server.port, key, seconds, 2 * number + 1)
    stop.set()
    for process in processes:
        process.join(30)
        if process.is_alive():
            process.terminate()
            process.join()
    time.sleep(1)
    return before, during, list(counts)


def upload(port, key, body, content_type="application/x-ndjson"):
    status, answer, _ = Connection(port, 600).send(request("POST", "/v1/documents/import", key, body, content_type), keeps=True)
    if status != 200 or b'"done":true' not in answer:
        sys.exit(f"error: import failed with status {status}: {answer[-300:]!r}")


def fill(server, scale, needed):
    keys = {name: server.tenant(name) for name in ("quiet", "many", "wide", "long", "import", "catchup")}
    rng = random.Random(7)
    small = "\n".join(json.dumps({"id": f"q{number}", "text": sentence(rng, 30)}) for number in range(200))
    upload(server.port, keys["quiet"], small.encode())
    if "many" in needed:
        upload(server.port, keys["many"], documents("n", int(20_000 * scale)))
    if "wide" in needed:
        lines = (
            json.dumps({"id": f"w{number}", "text": sentence(rng, 8), "metadata": wide_metadata(30_000, number)}, separators=(",", ":"))
            for number in range(int(1_000 * scale)))
        upload(server.port, keys["wide"], "\n".join(lines).encode())
    if "long" in needed:
        # Equal sections are embedded only once.
        text = f"# Part\n\n{PARAGRAPH}\n\n" * int(32_768 * scale)
        path = "/v1/documents/long?wait=true"
        status, answer, _ = Connection(server.port, 600).send(
            request("PUT", path, keys["long"], text.encode(), "text/markdown"), keeps=True)
        if status != 200:
            sys.exit(f"error: the long document failed with status {status}: {answer[:300]!r}")
        print(f"long document: {json.loads(answer)['chunks']} chunks", file=sys.stderr)
        upload(server.port, keys["long"], documents("s", 150))
    for key in keys.values():
        Connection(server.port, 600).send(request("POST", "/v1/search", key, {"query": "river"}))
    return keys


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=".build/release/contextd")
    parser.add_argument("--seconds", type=float, default=8, help="duration of each of an attack's two measurements (default 8)")
    parser.add_argument("--only", action="append", default=[], help="run only attacks whose names contain this; may be repeated")
    parser.add_argument("--scale", type=float, default=1, help="factor for the size of the noisy tenants' data (default 1)")
    parser.add_argument("--limit", type=float, help="exit with 1 if a ratio of the searches exceeds this")
    parser.add_argument("--set", action="append", default=[], help="setting of the server, KEY=VALUE; may be repeated")
    parser.add_argument("--json", help="file to write the results to")
    options = parser.parse_args()

    attacks = [attack for attack in ATTACKS if not options.only or any(word in attack.name for word in options.only)]
    rows, worst = [], 0.0
    with ScratchServer(options.binary, options.set) as server:
        set_port(server.port)
        start = time.perf_counter()
        keys = fill(server, options.scale, {attack.tenant for attack in attacks})
        print(f"filled in {time.perf_counter() - start:.0f} s", file=sys.stderr)
        measured(server.port, keys["quiet"], 2, 10_000)
        print(f"{'attack':<52} {'alone p50':>9} {'p99':>8} {'with p50':>9} {'p99':>8} {'ratio':>6} {'health':>7} {'ratio':>6}  its requests")
        for number, attack in enumerate(attacks):
            before, during, counts = run(server, keys["quiet"], keys, attack, options.seconds, number)
            ratio, health = during[1] / before[1], during[2] / before[2]
            worst = max(worst, ratio)
            answers = f"{counts[2]} ok, {counts[4]} 4xx, {counts[5]} 5xx, {counts[0]} broken"
            failures = f", quiet failed {during[3]}" if during[3] else ""
            print(
                f"{attack.name:<52} {before[0]:>9.1f} {before[1]:>8.1f} {during[0]:>9.1f} {during[1]:>8.1f} {ratio:>6.1f} "
                f"{during[2]:>7.1f} {health:>6.1f}  {answers}{failures}", flush=True)
            conditions = (
                f"quiet tenant {RATE} searches/s, alone p50 {before[0]:.1f} p99 {before[1]:.1f} ms, "
                f"with p50 {during[0]:.1f} p99 {during[1]:.1f} ms, {attack.connections} connections of the noisy tenant")
            rows.append({"name": f"neighbour p99, {attack.name}", "value": ratio, "unit": "times", "conditions": conditions})
            rows.append({"name": f"health p99, {attack.name}", "value": health, "unit": "times", "conditions": conditions})
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(rows, file, indent=1)
    if options.limit and worst > options.limit:
        sys.exit(f"error: the ratio {worst:.1f} exceeds the limit {options.limit}")


if __name__ == "__main__":
    main()
