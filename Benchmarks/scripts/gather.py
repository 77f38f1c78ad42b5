"""Gathers the JSON lists that the benchmarks wrote into one list, and prints it as a table.

    gather.py FOLDER OUTPUT

Every FOLDER/*.json is a list of {name, value, unit, rival?, rival_value?, ratio?, recall?, cosine?, conditions}.
"""

import json
import os
import pathlib
import subprocess
import sys

REQUIRED = ("name", "value", "unit")
KNOWN = (*REQUIRED, "rival", "rival_value", "ratio", "recall", "cosine", "conditions")


def machine():
    """The facts without which a number says nothing: processor, cores, commit."""
    model = "unknown processor"
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    cores = len(os.sched_getaffinity(0))
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    ).stdout.strip()
    return f"{model}, {cores} cores, commit {commit or 'unknown'}"


def read(path):
    rows = json.loads(path.read_text())
    if not isinstance(rows, list):
        raise ValueError("not a list")
    for row in rows:
        missing = [key for key in REQUIRED if key not in row]
        unknown = [key for key in row if key not in KNOWN]
        if missing or unknown:
            raise ValueError(f"{row.get('name', row)}: missing {missing}, unknown {unknown}")
    return rows


def number(value):
    return f"{value:,.4f}" if isinstance(value, float) and abs(value) < 10 else f"{value:,.1f}"


def table(rows):
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        line = f"{row['name']:<{width}}  {number(row['value']):>14} {row['unit']}"
        for key in ("recall", "cosine", "ratio"):
            if row.get(key) is not None:
                line += f"  {key} {row[key]:.4f}"
        print(line)


def main():
    folder, output = map(pathlib.Path, sys.argv[1:])
    facts = machine()
    rows = []
    for path in sorted(folder.glob("*.json")):
        try:
            part = read(path)
        except ValueError as error:
            sys.exit(f"error: {path.name}: {error}")
        for row in part:
            row["conditions"] = "; ".join(filter(None, [str(row.get("conditions") or ""), facts]))
        rows += part
    if not rows:
        sys.exit(f"error: no results in {folder}")
    table(rows)
    output.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
    print(f"\n{len(rows)} results in {output}")


if __name__ == "__main__":
    main()
