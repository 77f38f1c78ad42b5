"""Writes tokenizer-cases.jsonl: seeded random texts with their ids from the reference tokenizer, and the words they
are split into (from their first 100 characters; omitted if the text contains a special token).

    pip install tokenizers==0.23.3
    python tokenizer-cases.py ../../models/all-MiniLM-L6-v2/tokenizer.json 400 > tokenizer-cases.jsonl
"""

import json
import random
import sys
import unicodedata

from tokenizers import Tokenizer

tokenizer = Tokenizer.from_file(sys.argv[1])
tokenizer.no_padding()
tokenizer.no_truncation()
rng = random.Random(20251122)


def between(first, last):
    return lambda: chr(rng.randint(first, last))


def anything():
    while True:
        value = rng.randint(0, 0x10FFFF)
        if not 0xD800 <= value < 0xE000:
            return chr(value)


def word():
    return "".join(rng.choice("etaoinshrdlucmfwypvbgkjqxz") for _ in range(rng.randint(1, 9)))


# Combining marks that are not stripped: the remaining run of marks must be in canonical order.
marks = [
    chr(c) for c in range(0x300, 0x20000)
    if unicodedata.combining(chr(c)) and tokenizer.normalizer.normalize_str("a" + chr(c)) == "a" + chr(c)
]


def mark():
    return rng.choice(marks) + rng.choice(marks) + rng.choice("a\u0301\u0327\u093c")


pools = [
    word, word, word, lambda: rng.choice(["the ", "Running ", "tokenizers", " embed", "Quick", "un", "ability ", "42"]),
    between(0x20, 0x7E), between(0, 0x20), lambda: " ", between(0xA0, 0x24F), between(0x300, 0x36F), between(0x370, 0x52F),
    between(0x590, 0x6FF), between(0x900, 0x97F), between(0xE00, 0xE7F), between(0x1E00, 0x1FFF), between(0x2000, 0x206F),
    between(0x20D0, 0x20F0), between(0x302A, 0x302F), between(0x3041, 0x30FF), between(0x4E00, 0x9FFF), between(0xAC00, 0xD7A3),
    between(0xF900, 0xFAFF), between(0xFE00, 0xFEFF), between(0xFF00, 0xFFEF), between(0x1D100, 0x1D1FF),
    between(0x1F300, 0x1F6FF), between(0x16FE0, 0x16FFF), between(0x2F800, 0x2FA1F), anything,
    lambda: rng.choice(["[CLS]", "[SEP]", "[MASK]", "[UNK]", "[PAD]", "[unused5]", "[cls]", "[", "##ing", "##"]),
    lambda: rng.choice(["\u0130", "\u00df", "\ufb01", "\u03a3\u03a3", "e\u0301\u0327", "\u1e9e", "\u212b", "\u037e", "\u1fef"]),
    lambda: word() * 15, mark, mark,
]

for _ in range(int(sys.argv[2])):
    chosen = rng.sample(pools, rng.randint(1, 6))
    text = "".join(rng.choice(chosen)() for _ in range(rng.randint(1, 30)))
    case = {"text": text, "token_ids": tokenizer.encode(text).ids}
    if not any(token.content in text for token in tokenizer.get_added_tokens_decoder().values()):
        split = tokenizer.pre_tokenizer.pre_tokenize_str(tokenizer.normalizer.normalize_str(text))
        case["words"] = [word[:100] for word, _ in split]
    print(json.dumps(case))
