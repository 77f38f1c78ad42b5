#!/usr/bin/env python3
"""Measures the retrieval quality of contextd on a test collection, over HTTP.

    retrieval_quality.py --binary .build/release/contextd --data FOLDER        starts a server on a scratch folder
    retrieval_quality.py --url http://127.0.0.1:8080 --key KEY --data FOLDER   uses a running server; --no-import sends only the queries
    retrieval_quality.py --self-test                                           checks the measures against hand-computed values

FOLDER is in BEIR layout: corpus.jsonl[.gz] {_id, title, text}, queries.jsonl {_id, text}, and qrels/test.tsv or the file of another
--split (query-id, corpus-id, score; one header line). make_collections.py makes some on which one side is weak. The corpus is imported
with POST /v1/documents/import. Each judged query is sent to POST /v1/search once per mode, with group_by "document" and limit 100. Only
the standard library is used.

With --random-vectors the server gets random vectors from a provider in this process, the same vector for the same text: the dense
side is then useless. --keep FOLDER keeps the server's data directory in FOLDER, which must not exist.
"""

import argparse
import array
import base64
import contextlib
import gzip
import hashlib
import http.client
import http.server
import json
import math
import os
import pathlib
import queue
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

MODES = ("dense", "lexical", "hybrid")
DEPTH = 100


# Measures. `ranking` is document ids, best first; `grades` maps a document id to its judged grade; a missing id has grade 0.


def ndcg(ranking, grades, k=10):
    """As trec_eval's ndcg_cut: gain = grade, discount = log2(rank + 1), ideal order over all judged documents."""

    def dcg(gains):
        return sum(max(gain, 0) / math.log2(rank + 2) for rank, gain in enumerate(gains[:k]))

    ideal = dcg(sorted(grades.values(), reverse=True))
    return dcg([grades.get(document, 0) for document in ranking]) / ideal if ideal > 0 else 0.0


def recall(ranking, grades, k=DEPTH):
    relevant = {document for document, grade in grades.items() if grade > 0}
    return len(relevant.intersection(ranking[:k])) / len(relevant)


def reciprocal_rank(ranking, grades, k=10):
    return next((1 / (rank + 1) for rank, document in enumerate(ranking[:k]) if grades.get(document, 0) > 0), 0.0)


def self_test():
    grades = {"a": 2, "b": 1, "c": 0, "d": 1}
    ranking = ["b", "x", "a"]
    # DCG = 1/log2(2) + 0 + 2/log2(4) = 2; ideal = 2/log2(2) + 1/log2(3) + 1/log2(4) = 3.130930; 2 / 3.130930 = 0.638788.
    expected = [
        (ndcg(ranking, grades), 0.638788),
        (ndcg(ranking, grades, k=1), 0.5),
        (ndcg(["a", "b", "d"], grades), 1.0),
        (ndcg(["c", "x"], grades), 0.0),
        (ndcg(["x"] * 10 + ["a"], grades), 0.0),
        (recall(ranking, grades), 2 / 3),
        (recall(["x"] * 100 + ["a"], grades), 0.0),
        (reciprocal_rank(ranking, grades), 1.0),
        (reciprocal_rank(["c", "x", "d"], grades), 1 / 3),
        (reciprocal_rank(["x"] * 10 + ["a"], grades), 0.0),
    ]
    for index, (value, want) in enumerate(expected):
        if abs(value - want) > 1e-6:
            sys.exit(f"error: self-test {index}: expected {want:.6f}, got {value:.6f}")
    print(f"self-test: {len(expected)} measures match the hand-computed values")


# The collection.


def read_lines(folder, name):
    path = folder / name
    if path.exists():
        return path.read_bytes().splitlines()
    with gzip.open(folder / f"{name}.gz") as file:
        return file.read().splitlines()


class Collection:
    def __init__(self, folder, split):
        self.name = folder.name if split == "test" else f"{folder.name} {split}"
        self.corpus = [line for line in read_lines(folder, "corpus.jsonl") if line.strip()]
        texts = {str(row["_id"]): row["text"] for row in map(json.loads, read_lines(folder, "queries.jsonl"))}
        self.judgements = {}
        for line in (folder / "qrels" / f"{split}.tsv").read_text().splitlines()[1:]:
            query, document, grade = line.split("\t")
            self.judgements.setdefault(query, {})[document] = int(grade)
        # A query without relevant documents has no defined measure.
        self.queries = [
            (query, texts[query]) for query, grades in self.judgements.items() if any(grade > 0 for grade in grades.values())
        ]


# The client.


class Failure(Exception):
    pass


class Client:
    """One kept-alive connection; not thread-safe."""

    def __init__(self, url, key):
        parts = urllib.parse.urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self.connection = kind(parts.hostname, parts.port, timeout=1800)
        self.headers = {"Authorization": f"Bearer {key}"}

    def post(self, path, body, content_type):
        self.connection.request("POST", path, body, {**self.headers, "Content-Type": content_type})
        return self.connection.getresponse()

    def search(self, text, mode):
        body = json.dumps({"query": text, "limit": DEPTH, "mode": mode, "group_by": "document"}).encode()
        for _ in range(20):
            response = self.post("/v1/search", body, "application/json")
            answer = response.read()
            if response.status in (429, 503):
                time.sleep(float(response.headers.get("Retry-After") or 0.2))
                continue
            if response.status != 200:
                raise Failure(f"POST /v1/search: {response.status} {answer[:300].decode(errors='replace')}")
            ranking = [row["document_id"] for row in json.loads(answer)["results"]]
            if len(set(ranking)) != len(ranking):
                raise Failure(f"a document was returned twice for {text!r} in mode {mode}")
            return ranking
        raise Failure("POST /v1/search: still overloaded after 20 attempts")

    def import_corpus(self, lines, progress):
        """Sends the whole corpus in one request and calls `progress` with each status line. Returns the last line."""
        response = self.post("/v1/documents/import", b"\n".join(lines) + b"\n", "application/x-ndjson")
        if response.status != 200:
            raise Failure(f"POST /v1/documents/import: {response.status} {response.read()[:300].decode(errors='replace')}")
        last = {}
        for line in response:
            if line.strip():
                last = json.loads(line)
                if "error" in last:
                    raise Failure(f"import: line {last.get('line')}: {last['error']}")
                progress(last)
        if not last.get("done") or last.get("failed"):
            raise Failure(f"import ended with {last}")
        if last.get("processed") != len(lines):
            raise Failure(f"import processed {last.get('processed')} of {len(lines)} documents")
        return last


# A provider of random vectors.


DIMENSION = 384


def random_vector(text):
    """Returns base64 of float32: sixteen random bits per component, minus their mean."""
    bits = array.array("H", hashlib.shake_256(text.encode()).digest(2 * DIMENSION))
    return base64.b64encode(array.array("f", (number - 32767.5 for number in bits)).tobytes()).decode()


class RandomVectors(http.server.BaseHTTPRequestHandler):
    """Handles POST /v1/embeddings in OpenAI's format."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        inputs = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["input"]
        texts = [inputs] if isinstance(inputs, str) else inputs
        rows = [{"object": "embedding", "index": place, "embedding": random_vector(text)} for place, text in enumerate(texts)]
        body = json.dumps({"object": "list", "model": "random", "data": rows}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def random_vectors():
    """Returns the settings for a server that gets its vectors from this provider."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), RandomVectors) as provider:
        threading.Thread(target=provider.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{provider.server_port}/v1"
        values = {"provider": "openai", "base_url": address, "model": "random", "dimension": DIMENSION}
        yield [word for name, value in values.items() for word in ("--set", f"embedding.{name}={value}")]
        provider.shutdown()


# A server of our own.


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_ready(url, server, log):
    parts = urllib.parse.urlsplit(url)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise Failure(f"contextd exited with status {server.returncode}: {log.read_text(errors='replace')[-500:]}")
        with contextlib.suppress(OSError, http.client.HTTPException):
            probe = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
            probe.request("GET", "/health/ready")
            if probe.getresponse().status == 200:
                return
        time.sleep(0.1)
    raise Failure("contextd was not ready after two minutes")


@contextlib.contextmanager
def scratch_server(binary, settings=(), keep=None):
    """Starts `binary` on a free port and an empty data folder, or on `keep` if given. Yields (url, key); then stops the server and
    removes the folder unless it is `keep`."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="contextd-quality-"))
    log = folder / "server.log"
    data = ["--data-dir", str(keep or folder / "data")]

    def run(*arguments):
        done = subprocess.run([binary, *arguments, *data], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failure(f"contextd {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    server = None
    try:
        run("tenant", "create", "quality")
        key = json.loads(run("key", "create", "--tenant", "quality", "--json"))["key"]
        listen = f"127.0.0.1:{free_port()}"
        with log.open("wb") as output:
            server = subprocess.Popen(
                [binary, "serve", "--listen", listen, *data, *settings], stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        wait_until_ready(f"http://{listen}", server, log)
        yield f"http://{listen}", key
    finally:
        if server is not None:
            server.terminate()
            try:
                server.wait(timeout=30)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        shutil.rmtree(folder, ignore_errors=True)


# The measurement.


class Progress:
    """A progress line on stderr: rewritten on a terminal, printed about every ten seconds elsewhere."""

    def __init__(self):
        self.shown = 0.0

    def __call__(self, text, last=False):
        interval = 0.2 if sys.stderr.isatty() else 10
        if not last and time.monotonic() - self.shown < interval:
            return
        self.shown = time.monotonic()
        if sys.stderr.isatty():
            print(f"\r\033[K{text}", end="\n" if last else "", file=sys.stderr, flush=True)
        else:
            print(text, file=sys.stderr, flush=True)


def import_collection(url, key, collection):
    progress, total, started = Progress(), len(collection.corpus), time.monotonic()
    last = Client(url, key).import_corpus(
        collection.corpus, lambda status: progress(f"import: {status.get('processed', 0):,} of {total:,}")
    )
    seconds = time.monotonic() - started
    progress(f"import: {total:,} documents, {last.get('chunks', '?')} chunks in {seconds:.1f} s", last=True)
    return seconds, last


def ask(url, key, collection, mode, workers):
    """Sends every query once. Returns {query id: ranking} and the latencies in seconds, as measured by the client."""
    waiting = queue.SimpleQueue()
    for query in collection.queries:
        waiting.put(query)
    rankings, seconds, failures = {}, [], []
    progress = Progress()

    def work():
        client = Client(url, key)
        while not failures:
            try:
                query, text = waiting.get_nowait()
                started = time.monotonic()
                rankings[query] = client.search(text, mode)
                seconds.append(time.monotonic() - started)
                progress(f"{mode}: {len(rankings):,} of {len(collection.queries):,} queries")
            except queue.Empty:
                return
            except (Failure, OSError, http.client.HTTPException, ValueError, KeyError) as error:
                failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise Failure(str(failures[0]))
    progress(f"{mode}: {len(rankings):,} queries", last=True)
    return rankings, seconds


def measure(rankings, judgements):
    def mean(score):
        return statistics.fmean(score(ranking, judgements[query]) for query, ranking in rankings.items())

    return {"nDCG@10": mean(ndcg), "Recall@100": mean(recall), "MRR@10": mean(reciprocal_rank)}


def evaluate(url, key, collection, options):
    rows = []
    conditions = f"{len(collection.corpus)} documents, {len(collection.queries)} queries, {options.workers} clients"

    def add(name, value, unit):
        label = f", {options.label}" if options.label else ""
        rows.append({"name": f"{collection.name} {name}{label}", "value": value, "unit": unit, "conditions": conditions})

    if not options.no_import:
        seconds, _ = import_collection(url, key, collection)
        add("import", len(collection.corpus) / seconds, "documents/s")
    scores = {}
    for mode in options.mode:
        rankings, seconds = ask(url, key, collection, mode, options.workers)
        scores[mode] = measure(rankings, collection.judgements)
        for name, value in scores[mode].items():
            add(f"{mode} {name}", value, name)
        add(f"{mode} search p50", statistics.median(seconds) * 1000, "ms")
    if scores.keys() == set(MODES):
        add("hybrid over the better part", over_the_better_part(scores), "nDCG@10")
    return rows, scores


def over_the_better_part(scores):
    return scores["hybrid"]["nDCG@10"] - max(scores[mode]["nDCG@10"] for mode in MODES if mode != "hybrid")


def print_table(collection, scores):
    print(f"{collection.name}: {len(collection.corpus):,} documents, {len(collection.queries):,} queries")
    print(f"{'mode':<8} {'nDCG@10':>9} {'Recall@100':>11} {'MRR@10':>8}")
    for mode, values in scores.items():
        print(f"{mode:<8} {values['nDCG@10']:>9.4f} {values['Recall@100']:>11.4f} {values['MRR@10']:>8.4f}")
    if scores.keys() == set(MODES):
        print(f"hybrid over the better part: nDCG@10 {over_the_better_part(scores):+.4f}")


def check_floors(floors, scores):
    """Returns a line for each mode whose nDCG@10 is below its required minimum."""
    return [
        f"{mode}: nDCG@10 {scores[mode]['nDCG@10']:.4f} is below {floor}"
        for mode, floor in floors
        if mode in scores and scores[mode]["nDCG@10"] < floor
    ]


def parse_floor(text):
    mode, _, value = text.partition("=")
    if mode not in MODES:
        raise argparse.ArgumentTypeError(f"{text}: expected MODE=NUMBER with a mode of {', '.join(MODES)}")
    return mode, float(value)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, help="folder of the collection")
    parser.add_argument("--split", default="test", help="judgements to use: qrels/SPLIT.tsv (default test)")
    parser.add_argument("--binary", help="contextd program to start for the measurement")
    parser.add_argument("--url", help="URL of a running server to use")
    parser.add_argument("--key", default=os.environ.get("CONTEXTD_KEY"), help="key for the server at --url (default: CONTEXTD_KEY)")
    parser.add_argument("--no-import", action="store_true", help="the server already holds the collection")
    parser.add_argument("--random-vectors", action="store_true", help="give the server random vectors; with --binary")
    parser.add_argument("--keep", type=pathlib.Path, help="folder to keep the data directory in; with --binary")
    parser.add_argument("--mode", action="append", choices=MODES, help="mode to measure; may be repeated (default: all)")
    parser.add_argument("--label", default="", help="suffix for the names of the results")
    parser.add_argument("--workers", type=int, default=2, help="queries in flight (default 2)")
    parser.add_argument("--at-least", type=parse_floor, action="append", default=[], metavar="MODE=NDCG",
                        help="exit with 1 if the mode's nDCG@10 is lower; may be repeated")
    parser.add_argument("--json", type=pathlib.Path, help="file to write the results to")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if not options.self_test:
        if options.data is None:
            parser.error("--data is required")
        if (options.binary is None) == (options.url is None):
            parser.error("--binary or --url is required")
        if options.url and not options.key:
            parser.error("--url requires --key")
        if options.url and (options.random_vectors or options.keep):
            parser.error("--random-vectors and --keep require --binary")
        if options.keep and options.keep.exists():
            parser.error(f"{options.keep} already exists")
        if options.binary and options.no_import:
            parser.error("--no-import requires --url")
    options.mode = options.mode or list(MODES)
    options.workers = max(1, options.workers)
    return options


def main():
    options = arguments()
    if options.self_test:
        return self_test()
    try:
        collection = Collection(options.data, options.split)
        with contextlib.ExitStack() as stack:
            url, key = options.url, options.key
            if options.binary:
                settings = stack.enter_context(random_vectors()) if options.random_vectors else []
                url, key = stack.enter_context(scratch_server(options.binary, settings, options.keep))
            rows, scores = evaluate(url, key, collection, options)
    except (Failure, OSError, http.client.HTTPException, ValueError, KeyError) as error:
        sys.exit(f"error: {error}")
    print_table(collection, scores)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")
    too_low = check_floors(options.at_least, scores)
    if too_low:
        sys.exit("error: " + "; ".join(too_low))


if __name__ == "__main__":
    main()
