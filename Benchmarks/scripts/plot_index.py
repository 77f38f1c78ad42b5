#!/usr/bin/env python3
"""Plots recall against speed for the index and its rivals, and compares them at equal recall.

    plot_index.py OURS.json RIVALS.json [--rows 100000] [--svg OUT.svg] [--table OUT.md] [--json OUT.json]

OURS is the output of bench-index, RIVALS that of rivals_index.py, on the same vectors. For each engine, only the points count that no
other of its points beats in both recall and speed. Between two points, the logarithm of the speed is interpolated linearly; there is no
extrapolation. OUT.json is a list for gather.py. Only the standard library is used.
"""

import argparse
import json
import math
import pathlib
import re

TARGETS = (0.95, 0.975, 0.98, 0.99, 0.995)
OURS = "contextd"
COLOURS = {OURS: "#1b6ca8", "faiss-cpu HNSW": "#c8553d", "hnswlib": "#588157", "usearch f32": "#7b5ea7", "usearch i8": "#b08900",
           "SVS Vamana LVQ8": "#0b7a75"}
CURVE = re.compile(r"index: curve, (\d+) rows, ef (\d+)")


def points(rows, count):
    """{engine: [(recall, queries/s, ef)]} by ascending ef."""
    found = {}
    for row in rows:
        match = CURVE.fullmatch(row["name"])
        if match and int(match[1]) == count:
            engine = row.get("rival", OURS)
            found.setdefault(engine, []).append((row["recall"], row.get("value", row.get("rival_value")), int(match[2])))
    return {engine: sorted(measured, key=lambda point: point[2]) for engine, measured in found.items()}


def front(measured):
    """Returns the Pareto-optimal points, by ascending recall."""
    kept, best = [], 0
    for recall, speed, width in sorted(measured, reverse=True):
        if speed > best:
            kept.append((recall, speed, width))
            best = speed
    return kept[::-1]


def speed_at(target, measured):
    """Returns queries/s at a recall; None if the points do not enclose it."""
    kept = front(measured)
    for (low, fast, _), (high, slow, _) in zip(kept, kept[1:]):
        if low <= target <= high:
            share = (target - low) / (high - low) if high > low else 0
            return math.exp(math.log(fast) * (1 - share) + math.log(slow) * share)
    return None


def comparison(curves):
    """Returns one line per target: the speed of each engine, and ours over the best rival's."""
    lines = []
    for target in TARGETS:
        speeds = {engine: speed_at(target, measured) for engine, measured in curves.items()}
        rivals = {engine: speed for engine, speed in speeds.items() if engine != OURS and speed}
        best = max(rivals, key=rivals.get, default=None)
        ours = speeds.get(OURS)
        lines.append((target, speeds, best, ours / rivals[best] if ours and best else None))
    return lines


def table(curves, count):
    engines = sorted(curves, key=lambda engine: engine != OURS)
    text = [f"# Recall against speed, {count:,} rows", "", "Queries/s on one thread at equal recall@10, interpolated between the points below.", ""]
    text += ["| recall@10 | " + " | ".join(engines) + " | ours over the best rival |", "|---" * (len(engines) + 2) + "|"]
    for target, speeds, best, ratio in comparison(curves):
        cells = [f"{speeds[engine]:,.0f}" if speeds[engine] else "–" for engine in engines]
        text.append(f"| {target} | " + " | ".join(cells) + (f" | {ratio:.2f} ({best}) |" if ratio else " | – |"))
    text += ["", "As measured; ef is the size of the candidate list.", ""]
    for engine in engines:
        text += [f"**{engine}**", "", "| ef | recall@10 | queries/s |", "|---:|---:|---:|"]
        text += [f"| {width} | {recall:.4f} | {speed:,.0f} |" for recall, speed, width in curves[engine]] + [""]
    return "\n".join(text)


class Picture:
    WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 860, 520, 78, 130, 46, 56
    RECALLS = (0.9, 0.93, 0.95, 0.975, 0.99, 0.995, 0.999)
    PERFECT = 0.9999  # larger values are drawn here, since the logarithmic axis cannot show 1

    def __init__(self, curves, count):
        self.curves, self.count = curves, count
        everything = [point for measured in curves.values() for point in measured]
        self.low = self.stretched(min(0.93, min(recall for recall, _, _ in everything)))
        self.high = self.stretched(self.PERFECT)
        self.slow = math.log(min(speed for _, speed, _ in everything) * 0.9)
        self.fast = math.log(max(speed for _, speed, _ in everything) * 1.15)

    def stretched(self, recall):
        return -math.log(1 - min(recall, self.PERFECT))

    def x(self, recall):
        share = (self.stretched(recall) - self.low) / (self.high - self.low)
        return self.LEFT + share * (self.WIDTH - self.LEFT - self.RIGHT)

    def y(self, speed):
        share = (math.log(speed) - self.slow) / (self.fast - self.slow)
        return self.HEIGHT - self.BOTTOM - share * (self.HEIGHT - self.TOP - self.BOTTOM)

    def axes(self):
        right, bottom = self.WIDTH - self.RIGHT, self.HEIGHT - self.BOTTOM
        for recall in self.RECALLS:
            if self.stretched(recall) >= self.low:
                x = self.x(recall)
                yield f'<line x1="{x:.1f}" y1="{self.TOP}" x2="{x:.1f}" y2="{bottom}" class="grid"/>'
                yield f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{recall}</text>'
        for exponent in range(2, 7):
            for digit in (1, 2, 5):
                speed = digit * 10**exponent
                if self.slow <= math.log(speed) <= self.fast:
                    y = self.y(speed)
                    yield f'<line x1="{self.LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" class="grid"/>'
                    yield f'<text x="{self.LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{speed:,}</text>'
        yield f'<text x="{(self.LEFT + right) / 2}" y="{self.HEIGHT - 12}" text-anchor="middle">recall@10, on a logarithmic scale of the missed share</text>'
        yield f'<text x="16" y="{(self.TOP + bottom) / 2}" transform="rotate(-90 16 {(self.TOP + bottom) / 2})" text-anchor="middle">queries/s, one thread</text>'

    def labels(self):
        """Yields (engine, x, y) for each curve's label, next to its last point and without overlap."""
        ends = sorted((self.y(measured[-1][1]), self.x(measured[-1][0]), engine) for engine, measured in self.curves.items())
        above = -math.inf
        for y, x, engine in ends:
            above = max(y, above + 15)
            yield engine, x, above

    def svg(self):
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.WIDTH} {self.HEIGHT}" font-family="sans-serif" font-size="12">',
            "<style>.grid{stroke:#ddd}.curve{fill:none;stroke-width:2}text{fill:#333}</style>",
            f'<rect width="{self.WIDTH}" height="{self.HEIGHT}" fill="#fff"/>',
            f'<text x="{self.LEFT}" y="26" font-size="15">Recall against speed, {self.count:,} sentence vectors of 384 dimensions</text>',
            *self.axes(),
        ]
        for engine, measured in self.curves.items():
            colour = COLOURS.get(engine, "#555")
            places = [(self.x(recall), self.y(speed), f"{engine}: ef {width}, recall {recall:.4f}, {speed:,.0f} queries/s")
                      for recall, speed, width in measured]
            parts.append(f'<polyline class="curve" stroke="{colour}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y, _ in places)}"/>')
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"><title>{title}</title></circle>' for x, y, title in places]
        for engine, x, y in self.labels():
            parts.append(f'<text x="{x + 8:.1f}" y="{y + 4:.1f}" style="fill:{COLOURS.get(engine, "#555")}">{engine}</text>')
        return "\n".join(parts + ["</svg>", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", 1)[0])
    parser.add_argument("ours", type=pathlib.Path)
    parser.add_argument("rivals", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--svg", type=pathlib.Path)
    parser.add_argument("--table", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    curves = points(json.loads(options.ours.read_text()) + json.loads(options.rivals.read_text()), options.rows)
    if OURS not in curves:
        raise SystemExit(f"error: {options.ours} contains no curve for {options.rows} rows")
    text = table(curves, options.rows)
    print(text)
    if options.table:
        options.table.write_text(text)
    if options.svg:
        options.svg.write_text(Picture(curves, options.rows).svg())
    if options.json:
        rows = [
            {"name": f"index: at equal recall {target}, {options.rows} rows, against {best}", "value": speeds[OURS], "unit": "queries/s",
             "rival": best, "rival_value": speeds[best], "ratio": ratio, "recall": target, "conditions": "interpolated, one thread"}
            for target, speeds, best, ratio in comparison(curves) if ratio
        ]
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
