#!/usr/bin/env python3
"""Measures how fast other engines run contextd's embedding model, on the texts of bench-encoder.

    rivals_encoder.py --seeded --json OUT               the seeded texts of Benchmarks/Encoder/BenchmarkTexts.swift
    rivals_encoder.py --texts FILE.jsonl --json OUT     `title` and `text` of each line

Each engine runs in its fastest setting (encoder_rivals.py). The engines take turns over all texts, and the median counts of the
passes that other processes did not disturb; if there are none, the conditions say DISTURBED. Only real tokens are counted, not
padding. The latency of a query does not include tokenizing.

OUT is a list of {name, unit, rival, rival_value, conditions}: `name` is the row of bench-encoder to compare with. gather.py
joins them. An engine that is not installed is skipped, with a message on standard error.
"""

import argparse
import collections
import importlib.metadata
import itertools
import json
import os
import pathlib
import re
import statistics
import sys
import tempfile
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"  # before the import: the tokenizer is measured on one thread

import numpy as np  # noqa: E402
import tokenizers  # noqa: E402

import export_onnx  # noqa: E402
import nncf_form  # noqa: E402
from encoder_rivals import CALM, RIVALS, Contest, is_installed, padded, timed_pass, watched  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 45  # time limit for the passes that count
QUERY = "which kernel normalises the rows of a matrix after the residual is added"  # as in Benchmarks/Encoder/QueryTimes.swift
QUERY_RUNS = 200


# The texts.


def seeded_texts(count):
    """Generates the texts of `BenchmarkTexts.made(count:)`: reads its words from the source and repeats its generator here."""
    source = (ROOT / "Benchmarks" / "Encoder" / "BenchmarkTexts.swift").read_text()
    words = re.search(r'words = """(.*?)"""', source, re.DOTALL).group(1).split()
    state = 42

    def following(bound):
        nonlocal state
        state = (state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % 2**64
        return (state >> 33) % bound

    def text():
        length = 42 + sum(following(60) for _ in range(4))
        return " ".join(words[following(len(words))] + ("." if place % 15 == 14 else "") for place in range(length))

    return [text() for _ in range(count)]


def read_texts(path, count):
    with path.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in itertools.islice(filter(str.strip, file), count)]
    return [" ".join(row[key] for key in ("title", "text") if isinstance(row.get(key), str)) for row in rows]


def load_tokenizer(model):
    tokenizer = tokenizers.Tokenizer.from_file(str(model / "tokenizer.json"))
    limit = json.loads((model / "sentence_bert_config.json").read_text())["max_seq_length"]
    tokenizer.enable_truncation(limit)
    tokenizer.no_padding()
    return tokenizer


# The measurements.


def throughput(contests, rounds):
    """Runs the engines in turn until each has `rounds` passes nearly alone on the machine, or PATIENCE_SECONDS are over."""
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while any(len(contest.calm) < rounds for contest in contests):
        for contest in contests:
            contest.passes.append(timed_pass(contest.engine, contest.batches))
        if time.perf_counter() > deadline:
            break


def mean_cosine(a, b):
    """Returns the mean cosine of two engines' vectors for the same texts; both sort the same lists by length."""
    one, other = (np.concatenate(contest.engine.run(contest.batches)).astype(np.float64) for contest in (a, b))
    norms = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return float(((one * other).sum(axis=1) / norms).mean())


def query_latency(rival, forms, batch, threads):
    """Returns the lowest median, in seconds, over the forms and over one or all threads; the settings take turns."""
    settings = [(form, count) for form in rival.forms if form in forms for count in sorted({1, threads})]
    engines = [rival.engine(forms[form], count, 1) for form, count in settings]
    times = [[] for _ in engines]
    for engine in engines:
        engine.run([batch] * 20)
    # Several calls at a time, so that an engine's threads, which spin for a while, do not disturb the next engine's first call.
    for _ in range(4):
        for engine, seconds in zip(engines, times):
            for place in range(QUERY_RUNS // 4 + 5):
                start = time.perf_counter()
                engine(batch)
                if place >= 5:
                    seconds.append(time.perf_counter() - start)
    return min(zip(map(statistics.median, times), settings))


def tokenizer_speed(tokenizer, texts, rounds=3):
    """Returns tokens/s on one thread with the library's fastest method; each method counts with the median of its rounds."""
    ways = {
        "encode": lambda: [tokenizer.encode(text) for text in texts],
        "encode_batch": lambda: tokenizer.encode_batch(texts),
        "encode_batch_fast": lambda: tokenizer.encode_batch_fast(texts),
    }
    seconds = collections.defaultdict(list)
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            encodings = way()
            seconds[name].append(time.perf_counter() - start)
    best = min(ways, key=lambda name: statistics.median(seconds[name]))
    return sum(len(encoding.ids) for encoding in encodings) / statistics.median(seconds[best]), best


class Rows:
    def __init__(self, conditions):
        self.conditions, self.rows = conditions, []

    def add(self, name, unit, rival, value, setting):
        conditions = f"{setting}; {self.conditions}"
        self.rows.append({"name": name, "unit": unit, "rival": rival, "rival_value": value, "conditions": conditions})
        print(f"{rival:<22} {name:<36} {value:12,.4f} {unit}  ({setting})")


def add_cosines(rows, contests):
    """Adds the mean cosine of each int8 rival to the same engine in float32."""
    for small in (contest for contest in contests if contest.rival.suffix):
        exact = next((other for other in contests if not other.rival.suffix and other.rival.package == small.rival.package), None)
        if exact:
            rows.add("cosine to float32, mean, int8", "cosine", small.rival.label, mean_cosine(exact, small), small.form)


def measure(options, forms, lists, texts, tokenizer):
    rows = Rows(f"{options.threads} threads, {len(texts)} texts")
    version = f"tokenizers {importlib.metadata.version('tokenizers')}"
    rows.add("tokens per text, mean", "tokens", "Hugging Face tokenizers", statistics.fmean(map(len, lists)), version)
    speed, way = tokenizer_speed(tokenizer, texts)
    rows.add("tokenizer throughput, one thread", "tokens/s", "Hugging Face tokenizers", speed, f"{version}, {way}")

    rivals = [rival for rival in RIVALS if is_installed(rival.package) and any(form in forms for form in rival.forms)]
    contests = [Contest(rival, forms, lists, options.threads) for rival in rivals]
    if options.verbose:
        for contest in contests:
            for (form, calls, size), rate in contest.trials.items():
                setting = f"{form:<19} {calls} at once, batch {size:>2}"
                print(f"  {contest.rival.label:<22} {setting}: {rate:9,.0f} tokens/s", file=sys.stderr)
    throughput(contests, options.rounds)
    for contest in contests:
        value, how = contest.result
        rows.add(f"encoder throughput{contest.rival.suffix}", "tokens/s", contest.rival.label, value, f"{contest.setting}, {how}")

    add_cosines(rows, contests)

    tokens = tokenizer.encode(QUERY).ids
    for rival in rivals:
        batch = padded([tokens])
        (seconds, (form, count)), others = watched(lambda: query_latency(rival, forms, batch, options.threads))
        doubt = f", DISTURBED: other processes kept {others:.1f} processors busy" if others > CALM else ""
        name = f"query latency, p50, {len(tokens)} tokens{rival.suffix}"
        rows.add(name, "ms", rival.label, seconds * 1e3, f"{form}, {count} threads, without tokenizing{doubt}")
    return rows.rows


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--texts", type=pathlib.Path, help="JSON lines file with `text` and optionally `title`")
    source.add_argument("--seeded", action="store_true", help="use the seeded texts of bench-encoder")
    parser.add_argument("--model", type=pathlib.Path,
                        default=os.environ.get("CONTEXTD_MODEL_DIR") or ROOT / "models" / "all-MiniLM-L6-v2")
    parser.add_argument("--count", type=int, default=256, help="number of texts (default 256, as in bench-encoder)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=5, help="undisturbed passes over all texts (default 5)")
    parser.add_argument("--cases", type=pathlib.Path, action="append", default=[],
                        help="reference cases that the exported model must match; may be repeated")
    parser.add_argument("--json", type=pathlib.Path, help="file to write the rows to")
    parser.add_argument("--verbose", action="store_true", help="print every setting tried")
    options = parser.parse_args()
    options.model = pathlib.Path(options.model)
    if min(options.count, options.threads, options.rounds) < 1:
        parser.error("--count, --threads and --rounds must be at least 1")
    return options


def main():
    options = arguments()
    texts = seeded_texts(options.count) if options.seeded else read_texts(options.texts, options.count)
    if not texts:
        sys.exit("error: no texts to embed")
    with tempfile.TemporaryDirectory(prefix="contextd-rivals-") as folder:
        folder, tokenizer = pathlib.Path(folder), load_tokenizer(options.model)
        lists = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
        forms = export_onnx.export(options.model, folder)
        export_onnx.check_all(forms, options.cases)
        forms |= nncf_form.quantise(forms["plain"], lists, folder)
        rows = measure(options, forms, lists, texts, tokenizer)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
