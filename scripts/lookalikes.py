#!/usr/bin/env python3
"""Writes Sources/Citing/LookalikeTable.swift: characters that look like the ASCII characters of tags and marks.

usage: lookalikes.py CONFUSABLES.JSON > Sources/Citing/LookalikeTable.swift

CONFUSABLES.JSON is the file of that name in the Python package confusable-homoglyphs 3.3.1, which is Unicode's confusables.txt (UTS #39).
Compatibility decompositions and names come from Python's own Unicode data.
"""
import json
import re
import sys
import textwrap
import unicodedata

LETTERS = "abcdefghijklmnopqrstuvwxyz"
MARKS = '<>/[]|:"'
# Not in UTS #39, or only by their shapes: what reads as the character in running text.
EXTRA = {
    "<": "\u2039\u276e\u2770\u3008\u2329\u27e8\u227a\u22d6\u29fc",
    ">": "\u203a\u276f\u2771\u3009\u232a\u27e9\u227b\u22d7\u29fd",
    "[": "\u3010\u3014\u27e6\u2772", "]": "\u3011\u3015\u27e7\u2773",
    '"': "\u201c\u201d\u201e\u201f\u2033\u02ba\u02dd\u301d\u301e",
    "|": "\u01c0\u2223\u23d0\u2502\u2503\u2758\u2759\u275a\u239c",
}
NAME = re.compile(r"LATIN (?:SMALL|CAPITAL) LETTER ([A-Z])(?: WITH .*)?$|LATIN LETTER SMALL CAPITAL ([A-Z])$|"
                  r"(?:NEGATIVE CIRCLED|NEGATIVE SQUARED|SQUARED|CIRCLED|PARENTHESIZED) LATIN (?:SMALL|CAPITAL) LETTER ([A-Z])$|"
                  r"REGIONAL INDICATOR SYMBOL LETTER ([A-Z])$|MODIFIER LETTER (?:SMALL|CAPITAL) ([A-Z])$")


def prototypes(confusables):
    """What each character is confused with, where that is one of the wanted ones."""
    found = {}
    for wanted in LETTERS + LETTERS.upper() + MARKS:
        for entry in confusables.get(wanted, []):
            if len(entry["c"].strip("\u200e")) == 1:
                found.setdefault(entry["c"].strip("\u200e"), wanted.lower())
    for wanted, characters in EXTRA.items():
        for character in characters:
            found[character] = wanted
    return found


def folded(character, known):
    decomposed = "".join(c for c in unicodedata.normalize("NFKD", character).casefold() if not unicodedata.category(c).startswith("M"))
    # Before the looks: a long s is an s, and looks like an f.
    if decomposed.isascii() and decomposed.isalpha():
        return decomposed
    if character in known:
        return known[character]
    name = NAME.match(unicodedata.name(character, ""))
    if name:
        return next(group for group in name.groups() if group).lower()
    text = "".join(c if c.isascii() else known.get(c) or c for c in decomposed)
    return text if text != character and all(c in LETTERS + MARKS for c in text) else ""


def ranges(points):
    out = []
    for point in sorted(points):
        if out and out[-1][1] == point - 1:
            out[-1][1] = point
        else:
            out.append([point, point])
    return " ".join(f"{a:X}" if a == b else f"{a:X}-{b:X}" for a, b in out)


def main():
    known = prototypes(json.load(open(sys.argv[1], encoding="utf-8")))
    table = {}
    for point in range(0x80, 0x110000):
        if 0xD800 <= point < 0xE000 or unicodedata.category(chr(point)).startswith("M"):
            continue
        text = folded(chr(point), known)
        # Longer ones are ligatures of whole words; none of them can stand in a tag.
        if len(text) == 1 or len(text) <= 3 and text.isalpha():
            table.setdefault(text, []).append(point)
    print("/// Characters by what they look like or decompose to, in hexadecimal, with commas between the lists. Written by `scripts/lookalikes.py`")
    print(f"/// from Unicode {unicodedata.unidata_version} (NFKD without marks, case folding, names) and the confusables of UTS #39; not to be edited by hand.")
    print("enum LookalikeTable {")
    print('    static let text = """')
    entries = {text: f"{text} {ranges(table[text])}" for text in sorted(table)}
    # Each character on lines of its own, then the ligatures.
    lists = [entry for text, entry in entries.items() if len(text) == 1]
    lists.append(", ".join(entry for text, entry in entries.items() if len(text) > 1))
    lines = [line for entry in lists for line in textwrap.wrap(entry + ",", 132)]
    print("\n".join("        " + line for line in lines).removesuffix(","))
    print('        """')
    print("}")


main()
