"""The engines that contextd's encoder is compared with, each in its fastest setting. rivals_encoder.py runs them.

For each rival, the fastest setting on a sample is used: the exported form (export_onnx.py), one call on all threads or one call
per thread, and one of several batch sizes over texts sorted by length.
"""

import collections
import concurrent.futures
import contextlib
import importlib.metadata
import itertools
import os
import pathlib
import queue
import statistics
import sys
import time

import numpy as np

import export_onnx
import nncf_form

BATCH_SIZES = (8, 1, 16, 32, 64)  # the first one is used to choose the form
SAMPLE_TOKENS = 6_000
CALM = 0.2  # number of processors that other processes may keep busy during a pass that counts
TRIAL_SECONDS = 20  # for each engine's trials; after that, disturbed trials count too


# The batches.


def padded(lists):
    ids = np.zeros((len(lists), max(map(len, lists))), np.int64)
    mask = np.zeros_like(ids)
    for row, tokens in enumerate(lists):
        ids[row, : len(tokens)], mask[row, : len(tokens)] = tokens, 1
    return {"input_ids": ids, "attention_mask": mask}


def make_batches(lists, size):
    """Sorts the longest texts first, so that the last call is short when two calls run concurrently."""
    ordered = sorted(lists, key=len, reverse=True)
    return [padded(ordered[start : start + size]) for start in range(0, len(ordered), size)]


def token_count(batches):
    return sum(int(batch["attention_mask"].sum()) for batch in batches)


def sample(batches, calls):
    """Returns about SAMPLE_TOKENS tokens spread evenly over the lengths, in groups of `calls` neighbours, so that all threads have work."""
    groups = [batches[start : start + calls] for start in range(0, len(batches) - calls + 1, calls)] or [batches]
    wanted = min(len(groups), max(1, round(len(batches) * SAMPLE_TOKENS / token_count(batches) / calls)))
    chosen = (groups[int((place + 0.5) * len(groups) / wanted)] for place in range(wanted))
    return list(itertools.chain.from_iterable(chosen))


# The engines.


class Engine:
    """A loaded model: up to `calls` threads call it concurrently, each with one of `workers`, functions from a batch to vectors."""

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
    computes on its caller's thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads // calls
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return Engine([lambda batch: session.run(None, batch)[0]] * calls)


def openvino_engine(path, threads, calls):
    """`read_model` reads a file as `convert_model` does, without telemetry. One call uses the LATENCY hint; several use
    the streams of THROUGHPUT. float32 is set explicitly, since OpenVINO uses bfloat16 by default where the CPU has it."""
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
    Rival("openvino", "OpenVINO int8 (NNCF)", (nncf_form.FORM,), openvino_engine, ", int8"),
)


def is_installed(package):
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return bool(importlib.metadata.version(package))
    print(f"skipped {package}: not installed", file=sys.stderr)
    return False


def processor_seconds():
    """Returns the seconds used by all processes since boot, on all processors, and by this process."""
    fields = [int(field) for field in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    busy = sum(fields) - fields[3] - fields[4]  # without idle and iowait
    return busy / os.sysconf("SC_CLK_TCK"), time.process_time()


Pass = collections.namedtuple("Pass", "rate others")  # tokens/s; number of processors that other processes kept busy


def watched(measurement):
    """Returns the result of `measurement` and the number of processors that other processes kept busy during it."""
    start, (all_before, own_before) = time.perf_counter(), processor_seconds()
    result = measurement()
    all_after, own_after = processor_seconds()
    others = all_after - all_before - (own_after - own_before)
    return result, max(0, others) / (time.perf_counter() - start)


def timed_pass(engine, batches):
    return Pass(*watched(lambda: engine.tokens_per_second(batches)))


class Contest:
    """One rival in its fastest setting: the form is chosen with the first batch size, then the number of calls and the batch size,
    then the three best run once more in turn, since a single run on a shared machine is not reliable."""

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
        del self.engines  # frees the other forms' weights and threads
        self.batches = make_batches(lists, self.size)

    def attempt(self, form, calls, size):
        """Runs a sample, again while it is disturbed and there is time; the best tokens/s of a setting count."""
        engine, batches = self.engines[form, calls], sample(make_batches(self.lists, size), calls)
        engine.run(batches[:calls])  # allocates memory for these shapes
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
        """Returns tokens/s and a description: the median of the calm passes or, if there are none, the best of the disturbed ones."""
        calm, rates = self.calm, [done.rate for done in self.passes]
        if calm:
            return statistics.median(calm), f"median of {len(calm)} passes, {min(calm):,.0f} to {max(calm):,.0f}"
        least = min(done.others for done in self.passes)
        return max(rates), f"DISTURBED: best of {len(rates)} passes, other processes kept {least:.1f} processors busy or more"

    @property
    def setting(self):
        mode = "all threads on one call" if self.calls == 1 else f"{self.calls} calls at once"
        version = importlib.metadata.version(self.rival.package)
        doubt = ", DISTURBED while this setting was chosen" if self.disturbed_trials else ""
        return f"{self.rival.package} {version}, {self.form}, batch {self.size}, {mode}{doubt}"
