#!/usr/bin/env python3
"""Small inputs that other projects' users reported as bugs, each with its right value. `cases.py` prints one line per row and exits with 1 if a row fails.

Every server listens on loopback, uses a scratch folder, and ends with the run. Needs only Python's standard library.
"""

import argparse
import concurrent.futures
import fnmatch
import sys
import time

import cases_files
import cases_filters
import cases_html
import cases_http
import cases_lexical
import cases_markdown
import cases_mcp
import cases_openai
import cases_tables
import cases_upstream
from harness import ROOT, ROWS, World, shown
from stub import Stub


def wanted(row, patterns):
    return not patterns or any(pattern in row.label or fnmatch.fnmatch(row.label, pattern) for pattern in patterns)


def outcome(row, world):
    """Returns whether the row holds and what was seen. A row that raises an error fails."""
    try:
        holds, seen = row.check(world)
        return bool(holds), seen
    except Exception as error:
        return False, f"{type(error).__name__}: {error}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", metavar="PATH", default=str(ROOT / ".build/release/contextd"), help="the program (default: .build/release/contextd)")
    parser.add_argument("--model", metavar="DIR", default=str(ROOT / "models/all-MiniLM-L6-v2"), help="the embedding model's folder (default: models/all-MiniLM-L6-v2)")
    parser.add_argument("--only", metavar="PATTERN", action="append", help="run rows whose KIND.ROW contains or matches the pattern; may be repeated")
    parser.add_argument("--workers", metavar="N", type=int, default=2, help="number of rows that run at once (default: 2)")
    options = parser.parse_args()

    rows = sorted((row for row in ROWS if wanted(row, options.only)), key=lambda row: (int(row.kind[:2]), not row.alone))
    begun, kinds = time.monotonic(), {}
    stub = Stub()
    world = World(options.binary, options.model, stub)
    try:
        seen = {row: outcome(row, world) for row in rows if row.alone}
        with concurrent.futures.ThreadPoolExecutor(options.workers) as pool:
            running = {row: pool.submit(outcome, row, world) for row in rows if not row.alone}
            for row in rows:
                holds, what = running[row].result() if row in running else seen[row]
                kinds.setdefault(row.kind, []).append(holds)
                print(f"{'ok  ' if holds else 'FAIL'} {row.label}: {shown(what)}", flush=True)
    finally:
        world.stop()
        stub.stop()
    passed, total = sum(map(sum, kinds.values())), sum(map(len, kinds.values()))
    for kind, held in kinds.items():
        if not all(held):
            print(f"     {kind}: {sum(held)} of {len(held)}")
    print(f"{passed} passed, {total - passed} failed in {time.monotonic() - begun:.0f} s")
    return 0 if passed == total else 1


if __name__ == "__main__":
    sys.exit(main())
