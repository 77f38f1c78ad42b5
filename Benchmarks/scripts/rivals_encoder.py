#!/usr/bin/env python3
"""How fast other engines run contextd's embedding model, on the texts of bench-encoder.

    rivals_encoder.py --seeded --json OUT               the seeded texts of Benchmarks/Encoder/BenchmarkTexts.swift
    rivals_encoder.py --texts FILE.jsonl --json OUT     `title` and `text` of each line

Each engine runs at its best: of the exported forms (export_onnx.py), of one call on all threads or one call a thread, and of
several batch sizes over texts sorted by length, the fastest on a sample is taken; then all engines take turns over all texts
and the median counts, of those passes during which other processes left the machine alone; a number for which they did not
says DISTURBED in its conditions. Tokens are the real ones, padding is not counted. A query's time leaves tokenizing out.

OUT is a list of {name, unit, rival, rival_value, conditions}: `name` is the row of bench-encoder to compare with. gather.py
joins them. An engine that is not installed is said on standard error and left out.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import importlib.metadata
import itertools
import json
import os
import pathlib
import queue
import re
import statistics
import sys
import tempfile
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"  # before the import: the tokenizer is measured on one thread

import numpy as np  # noqa: E402
import tokenizers  # noqa: E402

import export_onnx  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
BATCH_SIZES = (8, 1, 16, 32, 64)  # the first one decides the form
SAMPLE_TOKENS = 6_000
CALM = 0.2  # processors that other processes may keep busy during a pass that counts
TRIAL_SECONDS = 20  # for each engine's trials, after which disturbed ones count too
PATIENCE_SECONDS = 45  # for the passes that count
QUERY = "which kernel normalises the rows of a matrix after the residual is added"  # as in Benchmarks/Encoder/main.swift
QUERY_RUNS = 200


# The texts.


def seeded_texts(count):
    """The texts of `BenchmarkTexts.made(count:)`: its words are read from there, its generator is repeated here."""
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


# The batches.


def padded(lists):
    ids = np.zeros((len(lists), max(map(len, lists))), np.int64)
    mask = np.zeros_like(ids)
    for row, tokens in enumerate(lists):
        ids[row, : len(tokens)], mask[row, : len(tokens)] = tokens, 1
    return {"input_ids": ids, "attention_mask": mask}


def make_batches(lists, size):
    """Longest first, so that the last call of two running at once is a short one."""
    ordered = sorted(lists, key=len, reverse=True)
    return [padded(ordered[start : start + size]) for start in range(0, len(ordered), size)]


def token_count(batches):
    return sum(int(batch["attention_mask"].sum()) for batch in batches)


def sample(batches, calls):
    """About SAMPLE_TOKENS spread evenly over the lengths, in groups of `calls` neighbours, so that no thread runs out of work."""
    groups = [batches[start : start + calls] for start in range(0, len(batches) - calls + 1, calls)] or [batches]
    wanted = min(len(groups), max(1, round(len(batches) * SAMPLE_TOKENS / token_count(batches) / calls)))
    chosen = (groups[int((place + 0.5) * len(groups) / wanted)] for place in range(wanted))
    return list(itertools.chain.from_iterable(chosen))


# The engines.


class Engine:
    """A loaded model: up to `calls` threads call it at once, each with one of `workers`, functions from a batch to vectors."""

    def __init__(self, workers):
        self.free = queue.SimpleQueue()
        self.calls = len(workers)
        for worker in workers:
            self.free.put(worker)

    def __call__(self, batch):
        worker = self.free.get()
        try:
            return worker(batch)
        finally:
            self.free.put(worker)

    def run(self, batches):
        if self.calls == 1:
            return [self(batch) for batch in batches]
        with concurrent.futures.ThreadPoolExecutor(self.calls) as pool:
            return list(pool.map(self, batches))

    def tokens_per_second(self, batches):
        start = time.perf_counter()
        self.run(batches)
        return token_count(batches) / (time.perf_counter() - start)


def onnxruntime_engine(path, threads, calls):
    """One session serves all calls: `run` may be called from several threads, and with one intra-op thread each call
    computes on its caller's own."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads // calls
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return Engine([lambda batch: session.run(None, batch)[0]] * calls)


def openvino_engine(path, threads, calls):
    """`read_model` is what `convert_model` does with a file, without its telemetry. One call is the LATENCY hint, more are
    THROUGHPUT's streams. float32 is asked for, since OpenVINO takes bfloat16 by itself where the CPU has it."""
    import openvino

    settings = {
        "PERFORMANCE_HINT": "LATENCY" if calls == 1 else "THROUGHPUT", "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": calls, "INFERENCE_PRECISION_HINT": "f32",
    }
    compiled = openvino.Core().compile_model(str(path), "CPU", settings)

    def worker(request):
        return lambda batch: request.infer(batch, share_inputs=True)[0].copy()

    return Engine([worker(compiled.create_infer_request()) for _ in range(calls)])


ONNX_FORMS = ("plain", "attention", "attention-skip")
INT8_FORMS = tuple(form + export_onnx.INT8 for form in ONNX_FORMS)
Rival = collections.namedtuple("Rival", "package label forms engine suffix")
RIVALS = (
    Rival("onnxruntime", "ONNX Runtime float32", ONNX_FORMS, onnxruntime_engine, ""),
    Rival("onnxruntime", "ONNX Runtime int8", INT8_FORMS, onnxruntime_engine, ", int8"),
    Rival("openvino", "OpenVINO float32", ("plain",), openvino_engine, ""),
)


def is_installed(package):
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return bool(importlib.metadata.version(package))
    print(f"not measured: {package} is not installed", file=sys.stderr)
    return False


def processor_seconds():
    """Used by all processes since boot, on all processors, and by this one."""
    fields = [int(field) for field in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    busy = sum(fields) - fields[3] - fields[4]  # without idle and iowait
    return busy / os.sysconf("SC_CLK_TCK"), time.process_time()


Pass = collections.namedtuple("Pass", "rate others")  # tokens/s; processors that other processes kept busy meanwhile


def watched(measurement):
    """What the measurement returns, and how many processors other processes kept busy meanwhile."""
    start, (all_before, own_before) = time.perf_counter(), processor_seconds()
    result = measurement()
    all_after, own_after = processor_seconds()
    others = all_after - all_before - (own_after - own_before)
    return result, max(0, others) / (time.perf_counter() - start)


def timed_pass(engine, batches):
    return Pass(*watched(lambda: engine.tokens_per_second(batches)))


class Contest:
    """One rival in the setting that was fastest for it: form by the first batch size, then calls at once and batch size, then
    the three best once more in turn, since on a shared machine one run says little."""

    def __init__(self, rival, forms, lists, threads):
        self.rival, self.lists, self.trials, self.passes = rival, lists, {}, []
        self.deadline, self.disturbed_trials = time.perf_counter() + TRIAL_SECONDS, 0
        self.engines = {(form, 1): rival.engine(forms[form], threads, 1) for form in rival.forms if form in forms}
        form, _ = max(self.engines, key=lambda key: self.trial(*key, BATCH_SIZES[0]))
        if threads > 1:
            self.engines[form, threads] = rival.engine(forms[form], threads, threads)
        settings = [(form, calls, size) for calls in sorted({1, threads}) for size in BATCH_SIZES]
        settings = sorted(settings, key=lambda setting: self.trial(*setting))[-3:]
        for setting in settings * 2:
            self.attempt(*setting)
        self.form, self.calls, self.size = max(settings, key=lambda setting: self.trials[setting])
        self.engine = self.engines[self.form, self.calls]
        del self.engines  # the other forms' weights and threads
        self.batches = make_batches(lists, self.size)

    def attempt(self, form, calls, size):
        """A run over a sample, again while it is disturbed and there is time; the best tokens/s of a setting count."""
        engine, batches = self.engines[form, calls], sample(make_batches(self.lists, size), calls)
        engine.run(batches[:calls])  # memory for these shapes
        while True:
            done = timed_pass(engine, batches)
            self.trials[form, calls, size] = max(self.trials.get((form, calls, size), 0), done.rate)
            if done.others <= CALM:
                return
            if time.perf_counter() > self.deadline:
                self.disturbed_trials += 1
                return

    def trial(self, *setting):
        if setting not in self.trials:
            self.attempt(*setting)
            if self.trials[setting] > 0.8 * max(self.trials.values()):
                self.attempt(*setting)
        return self.trials[setting]

    @property
    def calm(self):
        return [done.rate for done in self.passes if done.others <= CALM]

    @property
    def result(self):
        """Tokens/s, and a line on how they were found: the median of calm passes; without any, the best of the disturbed."""
        calm, rates = self.calm, [done.rate for done in self.passes]
        if calm:
            return statistics.median(calm), f"median of {len(calm)} passes, {min(calm):,.0f} to {max(calm):,.0f}"
        least = min(done.others for done in self.passes)
        return max(rates), f"DISTURBED: best of {len(rates)} passes, other processes kept {least:.1f} processors busy or more"

    @property
    def setting(self):
        mode = "all threads on one call" if self.calls == 1 else f"{self.calls} calls at once"
        version = importlib.metadata.version(self.rival.package)
        doubt = ", DISTURBED while this setting was looked for" if self.disturbed_trials else ""
        return f"{self.rival.package} {version}, {self.form}.onnx, batch {self.size}, {mode}{doubt}"


# The measurements.


def throughput(contests, rounds):
    """Engines take turns until each has had `rounds` passes nearly alone on the machine, or PATIENCE_SECONDS are over."""
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while any(len(contest.calm) < rounds for contest in contests):
        for contest in contests:
            contest.passes.append(timed_pass(contest.engine, contest.batches))
        if time.perf_counter() > deadline:
            break


def mean_cosine(a, b):
    """Of two engines' vectors for the same texts; both batches in one order, as both sort the same lists by length."""
    one, other = (np.concatenate(contest.engine.run(contest.batches)).astype(np.float64) for contest in (a, b))
    norms = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return float(((one * other).sum(axis=1) / norms).mean())


def query_latency(rival, forms, batch, threads):
    """The least median, in seconds, over the forms and over one or all threads; the settings take turns."""
    settings = [(form, count) for form in rival.forms if form in forms for count in sorted({1, threads})]
    engines = [rival.engine(forms[form], count, 1) for form, count in settings]
    times = [[] for _ in engines]
    for engine in engines:
        engine.run([batch] * 20)
    # In stretches, so that the threads of one engine, which spin for a while, do not disturb the next one's first call.
    for _ in range(4):
        for engine, seconds in zip(engines, times):
            for place in range(QUERY_RUNS // 4 + 5):
                start = time.perf_counter()
                engine(batch)
                if place >= 5:
                    seconds.append(time.perf_counter() - start)
    return min(zip(map(statistics.median, times), settings))


def tokenizer_speed(tokenizer, texts, rounds=3):
    """Tokens/s on one thread by the fastest of the library's ways, each the median of its rounds."""
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


def measure(options, forms, texts, tokenizer):
    lists = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
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

    by_label = {contest.rival.label: contest for contest in contests}
    if {"ONNX Runtime float32", "ONNX Runtime int8"} <= by_label.keys():
        small = by_label["ONNX Runtime int8"]
        cosine = mean_cosine(by_label["ONNX Runtime float32"], small)
        rows.add("cosine to float32, mean, int8", "cosine", small.rival.label, cosine, f"{small.form}.onnx")

    tokens = tokenizer.encode(QUERY).ids
    for rival in rivals:
        batch = padded([tokens])
        (seconds, (form, count)), others = watched(lambda: query_latency(rival, forms, batch, options.threads))
        doubt = f", DISTURBED: other processes kept {others:.1f} processors busy" if others > CALM else ""
        name = f"query latency, p50, {len(tokens)} tokens{rival.suffix}"
        rows.add(name, "ms", rival.label, seconds * 1e3, f"{form}.onnx, {count} threads, without tokenizing{doubt}")
    return rows.rows


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--texts", type=pathlib.Path, help="JSON lines with `text` and perhaps `title`")
    source.add_argument("--seeded", action="store_true", help="the seeded texts of bench-encoder")
    parser.add_argument("--model", type=pathlib.Path,
                        default=os.environ.get("CONTEXTD_MODEL_DIR") or ROOT / "models" / "all-MiniLM-L6-v2")
    parser.add_argument("--count", type=int, default=256, help="texts (default 256, as bench-encoder)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=5, help="calm passes over all texts (default 5)")
    parser.add_argument("--cases", type=pathlib.Path, action="append", default=[],
                        help="reference cases that the exported model must meet; may be repeated")
    parser.add_argument("--json", type=pathlib.Path, help="write the rows to this file")
    parser.add_argument("--verbose", action="store_true", help="print every setting that was tried")
    options = parser.parse_args()
    options.model = pathlib.Path(options.model)
    if min(options.count, options.threads, options.rounds) < 1:
        parser.error("--count, --threads and --rounds want a number from 1")
    return options


def main():
    options = arguments()
    texts = seeded_texts(options.count) if options.seeded else read_texts(options.texts, options.count)
    if not texts:
        sys.exit("error: there are no texts")
    with tempfile.TemporaryDirectory(prefix="contextd-rivals-") as folder:
        forms = export_onnx.export(options.model, pathlib.Path(folder))
        export_onnx.check_all(forms, options.cases)
        rows = measure(options, forms, texts, load_tokenizer(options.model))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
