#!/usr/bin/env python3
"""Checks that contextd's tokenizer gives the same ids as Hugging Face `tokenizers`, for each text.

    tokenizer_identity.py --binary .build/release/bench-encoder [--data FOLDER ...] [--random N] [--json OUT]

The texts are those of the collections (`corpus.jsonl`, plain or gzipped, and `queries.jsonl` of each FOLDER) and N seeded
random strings from all of Unicode: all planes, runs of combining marks, controls, CJK, Hangul, zero-width and private characters,
noncharacters, the neighbours of the surrogates, long words, special tokens in the text. Nothing is truncated. OUT is a row for
gather.py. A mismatch is printed, and the program exits with 1.
"""

import argparse
import gzip
import importlib.metadata
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

import tokenizers

ROOT = pathlib.Path(__file__).resolve().parents[2]
SEED = 20_261_122
SHOWN = 10  # number of mismatches to print


# The texts.


def collection(folder):
    """Yields the title and text of each document, joined as they are embedded, and each query."""
    for name in ("corpus.jsonl", "corpus.jsonl.gz", "queries.jsonl"):
        path = folder / name
        if path.exists():
            with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as file:
                for row in map(json.loads, file):
                    yield "\n".join(row[key] for key in ("title", "text") if isinstance(row.get(key), str))


class RandomTexts:
    """Generates strings that each mix a few kinds of pieces, so that unlike pieces often are adjacent."""

    ALPHABETS = (
        (0x20, 0x7E), (0x00, 0x20), (0x7F, 0x9F), (0xA0, 0x24F), (0x300, 0x36F), (0x370, 0x52F), (0x590, 0x6FF), (0x900, 0x97F),
        (0x980, 0xDFF), (0xE00, 0xEFF), (0xF00, 0xFFF), (0x1000, 0x10FF), (0x1100, 0x11FF), (0x13A0, 0x13FF), (0x1780, 0x18AF),
        (0x1A00, 0x1AFF), (0x1DC0, 0x1DFF), (0x1E00, 0x1FFF), (0x2000, 0x206F), (0x2070, 0x21FF), (0x2C00, 0x2DFF), (0x2E80, 0x2FFF),
        (0x3000, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA640, 0xA7FF), (0xA8E0, 0xA97F), (0xAC00, 0xD7A3), (0xD7B0, 0xD7FF),
        (0xE000, 0xF8FF), (0xF900, 0xFAFF), (0xFB00, 0xFDFF), (0xFE00, 0xFE2F), (0xFE30, 0xFFEF), (0xFFF0, 0xFFFF), (0x10000, 0x107FF),
        (0x10A00, 0x10AFF), (0x11000, 0x11FFF), (0x16FE0, 0x16FFF), (0x1D100, 0x1D24F), (0x1D400, 0x1D7FF), (0x1E000, 0x1E95F),
        (0x1F000, 0x1FAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2EBE0), (0x2F800, 0x2FA1F), (0x30000, 0x323AF), (0xE0000, 0xE01EF),
        (0xF0000, 0xFFFFF), (0x100000, 0x10FFFF),
    )
    ODD = (
        "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u180e", "\u061c", "\u202e", "\u2028", "\u2029", "\u0085", "\u00a0",
        "\u3000", "\ufffd", "\ufdd0", "\uffff", "\U0001fffe", "\ud7ff", "\ue000", "\U0010ffff", "\0", "\t", "\r\n", "\x7f",
        "\u0130", "\u0131", "\u00df", "\u1e9e", "\ufb01", "\u03a3", "\u03c2", "\u212b", "\u2126", "\u037e", "\u1fef", "\u0344", "\u0f73",
        "e\u0301\u0327", "a\u0327\u0301", "\u1100\u1161\u11a8", "\u0958", "\U0001d15e", "\U0001f468\u200d\U0001f469", "\ufe0f", "1\u20e3",
    )
    SPECIALS = ("[CLS]", "[SEP]", "[MASK]", "[UNK]", "[PAD]", "[unused5]", "[cls]", "[ SEP ]", "[SEP", "SEP]", "[[MASK]]", "##ing", "##", "#")
    WORDS = ("the", "Running", "tokenizers", "embed", "Quick", "unaffable", "ability", "42", "3.14", "don't", "U.S.", "naïve", "São", "東京")

    def __init__(self, seed):
        self.random = random.Random(seed)

    def between(self, bounds):
        value = self.random.randint(*bounds)
        return chr(value) if not 0xD800 <= value < 0xE000 else chr(self.random.choice((0xD7FF, 0xE000)))

    def plane(self):
        start = self.random.randrange(17) << 16
        return self.between((start, start | 0xFFFF))

    def letters(self, longest=9):
        return "".join(self.random.choices("etaoinshrdlucmfwypvbgkjqxzETAOIN", k=self.random.randint(1, longest)))

    def long_word(self):
        """Words of about 100 characters, the maximum length, and longer, of one byte or of several bytes per character."""
        letter = self.random.choice(("a", self.letters(3), "é", "я", self.between((0x10400, 0x1044F))))
        return (letter * 300)[: self.random.choice((98, 99, 100, 101, 102, 150, 300))]

    def marks(self):
        blocks = ((0x300, 0x36F), (0x483, 0x489), (0x591, 0x5C7), (0x610, 0x65F), (0x93C, 0x94D), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF),
                  (0x20D0, 0x20F0), (0x302A, 0x302F), (0x3099, 0x309A), (0xFE20, 0xFE2F), (0x1D165, 0x1D172), (0x1E8D0, 0x1E8D6))
        return self.random.choice("aeo\u0915") + "".join(self.between(self.random.choice(blocks)) for _ in range(self.random.randint(1, 6)))

    def kinds(self):
        """Chooses the pieces that one text is mixed from."""
        choose = self.random.choice
        alphabets = [choose(self.ALPHABETS) for _ in range(2)]
        kinds = [
            self.letters, lambda: " ", lambda: choose(self.WORDS) + " ", lambda: choose(self.ODD), lambda: choose(self.SPECIALS),
            self.plane, self.marks, self.long_word, lambda: self.between(alphabets[0]), lambda: self.between(alphabets[1]),
        ]
        return self.random.sample(kinds, self.random.randint(1, 6))

    def text(self):
        kinds = self.kinds()
        return "".join(self.random.choice(kinds)() for _ in range(self.random.randint(1, 30)))


# The comparison.


def ours(binary, model, texts):
    """Returns the ids of each text from bench-encoder."""
    with tempfile.TemporaryDirectory(prefix="contextd-tokenizer-") as folder:
        path = pathlib.Path(folder) / "texts.jsonl"
        path.write_text("".join(json.dumps(text) + "\n" for text in texts), encoding="ascii")
        command = [binary, "--model", model, "--tokenize", path]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        sys.exit(f"error: {binary} --tokenize failed: {answer.stderr.strip()}")
    return [json.loads(line) for line in answer.stdout.splitlines()]


def reference(model):
    tokenizer = tokenizers.Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def mismatches(tokenizer, texts, found):
    for start in range(0, len(texts), 10_000):
        part = texts[start : start + 10_000]
        for text, encoding, ids in zip(part, tokenizer.encode_batch(part), found[start : start + 10_000], strict=True):
            if encoding.ids != ids:
                yield text, encoding.ids, ids


def compare(options):
    sources = {folder.name: list(collection(folder)) for folder in options.data}
    for name, texts in sources.items():
        if not texts:
            sys.exit(f"error: {name}: no texts")
    made = RandomTexts(SEED)
    sources["random Unicode strings"] = [made.text() for _ in range(options.random)]
    texts = [text for part in sources.values() for text in part]
    found = ours(options.binary, options.model, texts)
    if len(found) != len(texts):
        sys.exit(f"error: {len(found)} answers to {len(texts)} texts")
    wrong = list(mismatches(reference(options.model), texts, found))
    for text, want, got in wrong[:SHOWN]:
        print(f"mismatch: {ascii(text)}\n  expected {want}\n  got      {got}", file=sys.stderr)
    conditions = ", ".join(f"{len(part):,} of {name}" for name, part in sources.items())
    version = importlib.metadata.version("tokenizers")
    print(f"identical ids on {len(texts) - len(wrong):,} of {len(texts):,} texts ({conditions}; tokenizers {version})")
    return len(wrong), {
        "name": "tokenizer, texts with identical ids", "value": len(texts) - len(wrong), "unit": "texts", "rival": "Hugging Face tokenizers",
        "rival_value": len(texts), "ratio": (len(texts) - len(wrong)) / max(1, len(texts)), "conditions": f"{conditions}; tokenizers {version}",
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build" / "release" / "bench-encoder")
    parser.add_argument("--data", type=pathlib.Path, action="append", default=[], help="folder of a collection; may be repeated")
    parser.add_argument("--random", type=int, default=100_000, help="number of random strings (default 100,000)")
    parser.add_argument("--model", type=pathlib.Path, default=os.environ.get("CONTEXTD_MODEL_DIR") or ROOT / "models" / "all-MiniLM-L6-v2")
    parser.add_argument("--json", type=pathlib.Path, help="file to write the row to")
    options = parser.parse_args()
    options.model = pathlib.Path(options.model)
    if options.random < 0:
        parser.error("--random must be at least 0")
    wrong, row = compare(options)
    if options.json:
        options.json.write_text(json.dumps([row], indent=1) + "\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
