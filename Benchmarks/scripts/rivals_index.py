"""Measures other embeddable vector indexes on the vectors of bench-index.

    rivals_index.py --vectors FILE.f32 [--dimension 384] [--sizes 10000,100000] [--threads 2] [--json OUT]

FILE holds float32 rows; its last 500 are the queries, as in bench-index. faiss-cpu (HNSW and flat), hnswlib, usearch and Intel's SVS
(Vamana over LVQ8 codes, which needs a processor by Intel; elsewhere it is skipped with a line that says so) are built on
--threads and searched on one thread with several values of ef, all queries in one call, so that Python's overhead is not measured. The
flat index gets one query at a time, since a batch would be a different problem. Recall@10 is measured against the exact answer;
ties at the tenth place count as correct.

OUT is a list of {name, unit, rival, rival_value, recall?, conditions}: `name` is the row of bench-index to compare with.
"""

import argparse
import json
import pathlib
import resource
import tempfile
import time

import numpy as np

QUERIES, K = 500, 10
DEGREE, BUILD_WIDTH = 16, 100
WIDTHS = (10, 12, 14, 15, 16, 17, 18, 19, 20, 22, 24, 28, 32, 48, 64, 96, 128, 192, 256, 384)
TARGETS = (0.975, 0.99)


class FaissHNSW:
    label = "faiss-cpu HNSW"

    def __init__(self, rows, threads):
        import faiss

        self.library = faiss
        faiss.omp_set_num_threads(threads)
        self.index = faiss.IndexHNSWFlat(rows.shape[1], DEGREE, faiss.METRIC_INNER_PRODUCT)
        self.index.hnsw.efConstruction = BUILD_WIDTH
        self.index.add(rows)
        faiss.omp_set_num_threads(1)

    def search(self, queries, width):
        self.index.hnsw.efSearch = width
        return self.index.search(queries, K)[1]


class FaissFlat:
    label = "faiss-cpu flat"

    def __init__(self, rows, threads):
        import faiss

        faiss.omp_set_num_threads(1)
        self.index = faiss.IndexFlatIP(rows.shape[1])
        self.index.add(rows)

    def search(self, queries, width):
        return np.stack([self.index.search(query[None], K)[1][0] for query in queries])


class HNSWLib:
    label = "hnswlib"

    def __init__(self, rows, threads):
        import hnswlib

        self.index = hnswlib.Index(space="ip", dim=rows.shape[1])
        self.index.init_index(max_elements=len(rows), M=DEGREE, ef_construction=BUILD_WIDTH)
        self.index.set_num_threads(threads)
        self.index.add_items(rows)
        self.index.set_num_threads(1)

    def search(self, queries, width):
        self.index.set_ef(max(width, K))
        return self.index.knn_query(queries, k=K, num_threads=1)[0]


class USearch:
    dtype = "f32"

    def __init__(self, rows, threads):
        from usearch.index import Index

        self.index = Index(
            ndim=rows.shape[1], metric="ip", dtype=self.dtype, connectivity=DEGREE, expansion_add=BUILD_WIDTH
        )
        self.index.add(np.arange(len(rows)), rows, threads=threads)

    def search(self, queries, width):
        self.index.expansion_search = width
        return self.index.search(queries, K, threads=1).keys

    @property
    def label(self):
        return f"usearch {self.dtype}"


class USearchInt8(USearch):
    dtype = "i8"


class Unsupported(Exception):
    """This machine cannot run an engine."""


class SVS:
    """Vamana over LVQ8 codes, with the degree of the lowest layers of the others' graphs."""

    label = "SVS Vamana LVQ8"
    shape = "degree 32, window 128, alpha 0.95"

    def __init__(self, rows, threads):
        import svs

        # The library ends the process instead of raising an exception.
        if "GenuineIntel" not in pathlib.Path("/proc/cpuinfo").read_text():
            raise Unsupported("its LVQ codes need a processor by Intel")
        with tempfile.TemporaryDirectory() as folder:
            path = str(pathlib.Path(folder) / "rows.fvecs")
            svs.write_vecs(rows, path)
            data = svs.VectorDataLoader(path, svs.DataType.float32, dims=rows.shape[1])
            # Reading the file is not part of the build; the other engines get the rows in memory.
            start = time.perf_counter()
            codes = svs.LVQLoader(data, primary=8)
            parameters = svs.VamanaBuildParameters(alpha=0.95, graph_max_degree=2 * DEGREE, window_size=128)
            self.index = svs.Vamana.build(parameters, codes, svs.DistanceType.MIP, num_threads=threads)
            self.build_seconds = time.perf_counter() - start
        self.index.num_threads = 1

    def search(self, queries, width):
        self.index.search_window_size = max(width, K)
        return self.index.search(queries, K)[0]


def exact(rows, queries):
    """Returns, for each query, the scores of its best K of all rows, the worst of them last."""
    return np.stack([np.sort(rows @ query)[::-1][:K] for query in queries])


def recall(engine, rows, queries, truth, width):
    right = 0
    for query, best, keys in zip(queries, truth, np.asarray(engine.search(queries, width), dtype=np.int64)):
        keys = keys[(keys >= 0) & (keys < len(rows))]
        right += int(np.sum(rows[keys] @ query >= best[-1] - 1e-5))
    return right / (K * len(queries))


def speed(engine, queries, width, seconds):
    """Returns queries per second in the fastest round, since other processes may have slowed down the others, and the share
    of that round in which this process had a processor."""
    engine.search(queries[:20], width)
    rounds, end = [], time.perf_counter() + seconds
    while not rounds or time.perf_counter() < end:
        began, used = time.perf_counter(), time.process_time()
        engine.search(queries, width)
        elapsed = time.perf_counter() - began
        rounds.append((elapsed, (time.process_time() - used) / elapsed))
    fastest, share = min(rounds)
    return len(queries) / fastest, share


class Rows:
    def __init__(self):
        self.rows = []

    def add(self, name, unit, rival, value, conditions, recall=None):
        row = {"name": name, "unit": unit, "rival": rival, "rival_value": value, "conditions": conditions}
        if recall is not None:
            row["recall"] = recall
        self.rows.append(row)
        seen = "" if recall is None else f"  recall {recall:.4f}"
        print(f"{rival:<16} {name:<44} {value:12,.1f} {unit}{seen}  ({conditions})", flush=True)


def measure(kind, rows, queries, truth, options, report):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    engine = kind(rows, options.threads)
    built = getattr(engine, "build_seconds", time.perf_counter() - start)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / len(rows)
    facts = f"n {len(rows)}, d {rows.shape[1]}, k {K}, one thread"
    if kind is FaissFlat:
        value, share = speed(engine, queries, 0, options.seconds)
        doubt = "" if share >= 0.97 else ", DISTURBED"
        report.add(f"index: exact search, {len(rows)} rows", "queries/s", engine.label, value, facts + doubt,
                   recall(engine, rows, queries, truth, 0))
        return
    shape = getattr(engine, "shape", f"M {DEGREE}, efConstruction {BUILD_WIDTH}")
    report.add(f"index: build, {len(rows)} rows", "s", engine.label, built, f"{shape}, {options.threads} threads; {grown:.0f} bytes a row at most")
    curve = []
    for width in WIDTHS:
        found = recall(engine, rows, queries, truth, width)
        value, share = speed(engine, queries, width, options.seconds)
        doubt = "" if share >= 0.97 else ", DISTURBED"
        curve.append((found, value, f"{shape}, ef {width}, {facts}{doubt}"))
        report.add(f"index: curve, {len(rows)} rows, ef {width}", "queries/s", engine.label, value, curve[-1][2], found)
        if found >= 0.999:
            break
    for target in TARGETS:
        reached = [point for point in curve if point[0] >= target]
        if reached:
            found, value, conditions = max(reached, key=lambda point: point[1])
            report.add(f"index: search at recall {target}, {len(rows)} rows", "queries/s", engine.label, value, conditions, found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", 1)[0])
    parser.add_argument("--vectors", type=pathlib.Path, required=True)
    parser.add_argument("--dimension", type=int, default=384)
    parser.add_argument("--sizes", default="10000,100000")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=0.5, help="duration of each measurement in seconds (default 0.5)")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    everything = np.fromfile(options.vectors, dtype=np.float32).reshape(-1, options.dimension)
    queries = everything[-QUERIES:]
    report = Rows()
    for size in map(int, options.sizes.split(",")):
        rows = np.ascontiguousarray(everything[: min(size, len(everything) - QUERIES)])
        truth = exact(rows, queries)
        for kind in (FaissFlat, FaissHNSW, HNSWLib, USearch, USearchInt8, SVS):
            try:
                measure(kind, rows, queries, truth, options, report)
            except (ImportError, Unsupported) as error:
                print(f"SKIPPED {kind.__name__}: {error}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(report.rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
