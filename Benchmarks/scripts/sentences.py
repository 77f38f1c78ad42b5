"""Makes many short texts from collections in BEIR layout: their sentences and, if there are too few, pairs of neighbouring sentences.

    sentences.py --data FOLDER [--data FOLDER] --count 100500 OUT.jsonl

Each line of OUT is {"title": "", "text": TEXT}, the format of bench-encoder: distinct texts of at least four words, in a seeded
random order, so that any prefix is a sample of all.
"""

import argparse
import gzip
import json
import pathlib
import random
import re
import sys

END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9(])")


def documents(folder):
    with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            yield row.get("title", ""), row.get("text", "")


def texts(folders):
    """Yields sentences first, then pairs of neighbours, then triples; all texts are distinct."""
    lists = [[part.strip() for part in [title, *END.split(text)]] for folder in folders for title, text in documents(folder)]
    for length in (1, 2, 3):
        for sentences in lists:
            for start in range(len(sentences) - length + 1):
                yield " ".join(sentences[start : start + length])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", 1)[0])
    parser.add_argument("--data", type=pathlib.Path, action="append", required=True)
    parser.add_argument("--count", type=int, default=100_500)
    parser.add_argument("output", type=pathlib.Path)
    options = parser.parse_args()
    chosen = dict.fromkeys(text for text in texts(options.data) if text.count(" ") >= 3)
    chosen = list(chosen)[: options.count]
    if len(chosen) < options.count:
        sys.exit(f"error: --count must be at most the number of distinct texts, {len(chosen)}, got {options.count}")
    random.Random(1).shuffle(chosen)
    with options.output.open("w", encoding="utf-8") as file:
        for text in chosen:
            file.write(json.dumps({"title": "", "text": text}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
