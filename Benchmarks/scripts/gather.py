"""Merges the JSON lists that the benchmarks wrote into one list, and prints it as a table.

    gather.py FOLDER OUTPUT

Every FOLDER/*.json is a list of {name, value, unit, rival?, rival_value?, ratio?, recall?, cosine?, conditions}. A row with `rival`
and `rival_value` but no `value` is a rival's measurement: it becomes its own row, "NAME, against RIVAL", with the value of the
row called NAME and ratio = value / rival_value; if we measured no NAME, it becomes "NAME, RIVAL alone" without a ratio. A row whose
conditions say DISTURBED is marked in the table.
"""

import json
import math
import os
import pathlib
import subprocess
import sys

REQUIRED = ("name", "value", "unit")
RIVAL = ("name", "unit", "rival", "rival_value")
KNOWN = (*REQUIRED, "rival", "rival_value", "ratio", "recall", "cosine", "conditions")
SAME_TEXTS = "tokens per text"  # rows that show which texts both sides were given


def machine():
    """Returns the facts that a number depends on: processor, cores, commit."""
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


def is_rivals(row):
    return "rival_value" in row and "value" not in row


def read(path):
    rows = json.loads(path.read_text())
    if not isinstance(rows, list):
        raise ValueError("not a list")
    for row in rows:
        missing = [key for key in (RIVAL if is_rivals(row) else REQUIRED) if key not in row]
        unknown = [key for key in row if key not in KNOWN]
        if missing or unknown:
            raise ValueError(f"{row.get('name', row)}: missing {missing}, unknown {unknown}")
    return rows


def beside(ours, rival):
    """Returns the row that compares them; `ours` is None if we did not measure that."""
    name, value = f"{rival['name']}, against {rival['rival']}", rival["rival_value"]
    if ours is None:
        return {**rival, "name": f"{rival['name']}, {rival['rival']} alone", "value": value}
    if ours["unit"] != rival["unit"]:
        raise ValueError(f"{name}: {ours['unit']} against {rival['unit']}")
    conditions = f"ours: {ours.get('conditions')}; theirs: {rival.get('conditions')}"
    ratio = ours["value"] / value if value else None
    return {**rival, "name": name, "value": ours["value"], "ratio": ratio, "conditions": conditions}


def join(rows):
    """Returns our rows unchanged, followed by the comparisons with the rivals."""
    ours = {row["name"]: row for row in rows if not is_rivals(row)}
    joined = [beside(ours.get(row["name"]), row) for row in rows if is_rivals(row)]
    for row in joined:
        if row["name"].startswith(SAME_TEXTS) and not math.isclose(row["value"], row["rival_value"], rel_tol=1e-6):
            raise ValueError(f"{row['name']}: both sides must use the same texts, got {row['value']} and {row['rival_value']}")
    return [row for row in rows if not is_rivals(row)] + joined


def number(value):
    return f"{value:,.4f}" if isinstance(value, float) and abs(value) < 10 else f"{value:,.1f}"


def table(rows):
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        line = f"{row['name']:<{width}}  {number(row['value']):>14} {row['unit']}"
        if row.get("ratio") is not None:
            line += f"  theirs {number(row['rival_value'])}"
        for key in ("recall", "cosine", "ratio"):
            if row.get(key) is not None:
                line += f"  {key} {row[key]:.4f}"
        print(line + ("  DISTURBED" if "DISTURBED" in str(row.get("conditions")) else ""))


def main():
    folder, output = map(pathlib.Path, sys.argv[1:])
    facts = machine()
    rows = []
    for path in sorted(folder.glob("*.json")):
        try:
            part = read(path)
        except ValueError as error:
            sys.exit(f"error: {path.name}: {error}")
        rows += part
    if not rows:
        sys.exit(f"error: no results in {folder}")
    try:
        rows = join(rows)
    except ValueError as error:
        sys.exit(f"error: {error}")
    for row in rows:
        row["conditions"] = "; ".join(filter(None, [str(row.get("conditions") or ""), facts]))
    table(rows)
    output.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
    print(f"\n{len(rows)} results written to {output}")


if __name__ == "__main__":
    main()
