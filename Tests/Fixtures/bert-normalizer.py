"""Writes bert-normalizer.tsv: what the reference tokenizer makes of "a" + c + "a" for every character c past ASCII.

    pip install tokenizers==0.23.3 && python bert-normalizer.py > bert-normalizer.tsv

A line is a range of characters in hexadecimal, a tab, and what becomes of each:
    drop      vanishes                     space     ends the word
    sign      a word of its own, unchanged same      part of the word, unchanged (such ranges are left out)
    or the words, in hexadecimal scalars with "." between scalars and "," between words.
Of Hangul syllables, which all decompose by one rule, every 97th is listed and the rest are left out ("skip").
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
