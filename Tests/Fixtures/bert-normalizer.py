"""Writes bert-normalizer.tsv: the reference tokenizer's output for "a" + c + "a", for every non-ASCII character c.

    pip install tokenizers==0.23.3 && python bert-normalizer.py > bert-normalizer.tsv

Each line has a range of characters in hexadecimal, a tab, and the result for each of them:
    drop      removed                      space     separates words
    sign      a separate word, unchanged   same      part of the word, unchanged (such ranges are omitted)
    or the words, in hexadecimal scalars with "." between scalars and "," between words.
Hangul syllables all decompose by one rule; every 97th is listed and the others are omitted ("skip").
"""

from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

normalizer = BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=True)
splitter = BertPreTokenizer()


def kind(value):
    c = chr(value)
    if 0xAC00 <= value <= 0xD7A3 and value % 97:
        return "skip"
    words = [word for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str("a" + c + "a"))]
    if words == ["a" + c + "a"]:
        return "same"
    if words == ["aa"]:
        return "drop"
    if words == ["a", "a"]:
        return "space"
    if words == ["a", c, "a"]:
        return "sign"
    return ",".join(".".join("%X" % ord(x) for x in word) for word in words)


def flush(first, last, what):
    if what not in (None, "same"):
        print("%X-%X\t%s" % (first, last, what))


first, last, what = 0, 0, None
for value in [*range(0x80, 0xD800), *range(0xE000, 0x110000)]:
    now = kind(value)
    if now == what and value == last + 1:
        last = value
    else:
        flush(first, last, what)
        first, last, what = value, value, now
flush(first, last, what)
