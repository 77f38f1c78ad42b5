#!/usr/bin/env python3
"""Makes test collections on which one side of a hybrid search is weak, in BEIR layout. The output is the same on every run.

    make_collections.py --out FOLDER [--scifact FOLDER] [--wordnet FOLDER] [--swift FOLDER ...]

code-words    functions of Python's standard library; query: first sentence of their documentation          words are weak
code-names    the same functions; query: two names that occur in the body                                   vectors are weak
swift-words   functions of Swift sources (--swift); query: first sentence of their comment                  words are weak
serials       records that differ only in a serial number; query: the number                                vectors are weak
manuals       manual pages of this machine; query: the line under NAME; document: the DESCRIPTION           both work
cipher        SciFact (--scifact) in an invented language: a fixed substitution for every word              vectors are weak
typos         SciFact; two letters of every longer word of a claim are swapped                              words are weak
synonyms      SciFact; the claims' words are replaced in all abstracts by a synonym from WordNet
              (--wordnet, the folder of data.noun), or removed if there is none                             words are useless
misleading    the same, only in the abstracts relevant to a claim, so that its words match other abstracts  words are misleading

Uses only the standard library. Skips a collection whose source is missing; without WordNet, all the claims' words are removed.
"""

import argparse
import ast
import gzip
import hashlib
import json
import pathlib
import random
import re
import sysconfig

QUERIES = 300
WORD = re.compile(r"[A-Za-z]+")
STOP = set(
    "a an and are as at be but by for if in into is it its no not of on or such that the their then there these they this to was"
    " will with from has have had can may which when we our than been were also after both during between".split()
)


def write(folder, documents, queries, judgements):
    """`documents` {id: (title, text)}, `queries` {id: text}, `judgements` {query: {document: grade}}."""
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    with (folder / "corpus.jsonl").open("w") as file:
        for key, (title, text) in documents.items():
            file.write(json.dumps({"_id": key, "title": title, "text": text}, ensure_ascii=False) + "\n")
    with (folder / "queries.jsonl").open("w") as file:
        for key, text in queries.items():
            file.write(json.dumps({"_id": key, "text": text}, ensure_ascii=False) + "\n")
    with (folder / "qrels" / "test.tsv").open("w") as file:
        file.write("query-id\tcorpus-id\tscore\n")
        for query, grades in judgements.items():
            for document, grade in grades.items():
                file.write(f"{query}\t{document}\t{grade}\n")
    print(f"{folder.name}: {len(documents)} documents, {len(queries)} queries")


def first_sentence(text):
    return re.split(r"(?<=[.!?])\s|\n\s*\n", " ".join(text.strip().split("\n\n")[0].split()))[0].strip()


# Code.


def python_functions():
    """Returns (name, body without documentation, first sentence of the documentation) of the standard library's functions."""
    folder = pathlib.Path(sysconfig.get_paths()["stdlib"])
    found = {}
    for path in sorted(folder.glob("*.py")) + sorted(folder.glob("[a-z]*/*.py")):
        if any(part in ("test", "site-packages", "dist-packages", "idlelib", "lib2to3") for part in path.parts):
            continue
        try:
            source = path.read_text()
            tree = ast.parse(source)
        except (SyntaxError, UnicodeDecodeError, ValueError):
            continue
        for node in ast.walk(tree):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or len(node.body) < 2:
                continue
            sentence = first_sentence(ast.get_docstring(node) or "")
            if not 5 <= len(sentence.split()) <= 25:
                continue
            lines = source.splitlines()[node.lineno - 1 : node.end_lineno]
            documentation = node.body[0]
            start, end = documentation.lineno - node.lineno, documentation.end_lineno - node.lineno + 1
            body = "\n".join(lines[:start] + lines[end:])
            if 150 <= len(body) <= 2500:
                found.setdefault(body, (f"{path.stem}.{node.name}", body, sentence))
    return list(found.values())


def swift_functions(folders):
    """The same as `python_functions` for Swift sources: a comment of `///` and the declaration below it."""
    found = {}
    pattern = re.compile(r"((?:^[ \t]*///.*\n)+)((?:^[ \t]*@.*\n)*^([ \t]*)[\w@() ]*\bfunc\b.*\{\n(?:.*\n)*?^\3\}\n)", re.M)
    for folder in folders:
        for path in sorted(folder.rglob("*.swift")):
            if "Tests" in path.parts or not path.is_file():
                continue
            for comment, body, _ in pattern.findall(path.read_text(errors="replace")):
                text = "\n".join(line.strip().removeprefix("///").strip() for line in comment.splitlines())
                sentence = first_sentence(text)
                if 5 <= len(sentence.split()) <= 25 and 150 <= len(body) <= 2500:
                    found.setdefault(body, (path.stem, body, sentence))
    return list(found.values())


def code_words(folder, functions, rng, count):
    chosen = rng.sample(functions, min(count, len(functions)))
    documents = {f"f{i}": ("", body) for i, (_, body, _) in enumerate(chosen)}
    sentences = {}
    for i, (_, _, sentence) in enumerate(chosen):
        sentences.setdefault(sentence, []).append(f"f{i}")
    asked = rng.sample(sorted(sentences), min(QUERIES, len(sentences)))
    write(folder, documents, {f"q{i}": text for i, text in enumerate(asked)},
          {f"q{i}": {document: 1 for document in sentences[text]} for i, text in enumerate(asked)})


def code_names(folder, functions, rng, count):
    chosen = rng.sample(functions, min(count, len(functions)))
    names = [set(re.findall(r"\b[A-Za-z_]*(?:_[a-z]|[a-z][A-Z])\w+\b", body)) for _, body, _ in chosen]
    frequency = {}
    for found in names:
        for name in found:
            frequency[name] = frequency.get(name, 0) + 1
    queries, judgements = {}, {}
    for i in rng.sample(range(len(chosen)), len(chosen)):
        rare = sorted(name for name in names[i] if 1 <= frequency[name] <= 8)
        if len(rare) < 2 or len(queries) == QUERIES:
            continue
        pair = rng.sample(rare, 2)
        key = f"q{len(queries)}"
        queries[key] = rng.choice(["{} {}", "where are {} and {} used", "call of {} with {}"]).format(*pair)
        judgements[key] = {f"f{j}": 1 for j, found in enumerate(names) if set(pair) <= found}
    write(folder, {f"f{i}": ("", body) for i, (_, body, _) in enumerate(chosen)}, queries, judgements)


# Records.


def serials(folder, rng, count=2000):
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    sites, states, kinds = ["north hall", "south hall", "yard", "basement"], ["in service", "spare", "in repair"], ["pump", "valve", "motor"]
    documents, numbers = {}, []
    for i in range(count):
        serial = f"{rng.choice(letters)}{rng.choice(letters)}{rng.randrange(10**6):06d}{rng.choice(letters)}"
        numbers.append(serial)
        documents[f"d{i}"] = (
            "Inventory record",
            f"The {rng.choice(kinds)} with serial number {serial} stands in the {rng.choice(sites)} and is {rng.choice(states)}."
            f" It was inspected last on {rng.randrange(1, 29)} {rng.choice(['March', 'June', 'October'])} and found in order.",
        )
    forms = ["{}", "serial number {}", "where is the unit with serial number {}", "When was {} inspected last?"]
    asked = rng.sample(range(count), QUERIES)
    write(folder, documents, {f"q{i}": rng.choice(forms).format(numbers[i]) for i in asked}, {f"q{i}": {f"d{i}": 1} for i in asked})


def plain(roff):
    """Returns the words of a manual page's source, approximately."""
    text = re.sub(r"^[.'](\\\"|[A-Za-z]{2}\s*$|(SS|SH|TP|IP|PP|RS|RE|in|sp|nf|fi|ad|if|ie|el|de|ds|hy|ll|ne|nr|so|ta|ti)\b.*$)", "", roff, flags=re.M)
    text = re.sub(r"^[.']\w+ ", "", text, flags=re.M)
    text = re.sub(r"\\f(\[\w*\]|\(..|.)|\\[&|^:/,%c]|\\s[-+]?\d+|\\m\[.*?\]", "", text)
    text = re.sub(r"\\(\(..|\[\w+\])", " ", text).replace("\\-", "-").replace("\\e", "\\").replace('"', "")
    return re.sub(r"\n\s*\n+", "\n\n", text).strip()


def manuals(folder, rng, count=1500):
    found = {}
    for path in sorted(pathlib.Path("/usr/share/man/man1").glob("*.1.gz")):
        if path.is_symlink():
            continue
        source = gzip.decompress(path.read_bytes()).decode(errors="replace")
        name = re.search(r'^\.SH "?NAME"?\s*\n(.+?)^\.S[Hh]', source, re.M | re.S)
        body = re.search(r'^\.SH "?DESCRIPTION"?\s*\n(.+?)(^\.SH|\Z)', source, re.M | re.S)
        if not name or not body:
            continue
        parts = re.split(r"\s+-{1,2}\s+", plain(name[1]).replace("\n", " "), maxsplit=1)
        text = plain(body[1])
        if len(parts) == 2 and 4 <= len(parts[1].split()) <= 25 and 300 < len(text) < 6000:
            found.setdefault(parts[1], text)
    chosen = rng.sample(sorted(found.items()), min(count, len(found)))
    documents = {f"m{i}": ("", text) for i, (_, text) in enumerate(chosen)}
    asked = rng.sample(range(len(chosen)), min(QUERIES, len(chosen)))
    write(folder, documents, {f"q{i}": chosen[i][0] for i in asked}, {f"q{i}": {f"m{i}": 1} for i in asked})


# SciFact, modified.


class SciFact:
    """Returns the training claims and their abstracts, with other abstracts as distractors."""

    def __init__(self, folder, rng, count=2000):
        with gzip.open(folder / "corpus.jsonl.gz", "rt") as file:
            corpus = {row["_id"]: (row["title"], row["text"]) for row in map(json.loads, file)}
        texts = {str(row["_id"]): row["text"] for row in map(json.loads, (folder / "queries.jsonl").open())}
        judgements = {}
        for line in (folder / "qrels" / "train.tsv").read_text().splitlines()[1:]:
            query, document, grade = line.split("\t")
            if int(grade) > 0:
                judgements.setdefault(query, {})[document] = int(grade)
        asked = rng.sample(sorted(judgements), QUERIES)
        self.judgements = {query: judgements[query] for query in asked}
        self.queries = {query: texts[query] for query in asked}
        wanted = {document for grades in self.judgements.values() for document in grades}
        others = rng.sample(sorted(set(corpus) - wanted), count - len(wanted))
        self.documents = {key: corpus[key] for key in sorted(wanted) + others}


def cipher(folder, scifact):
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]

    def coded(match):
        word = match[0].lower()
        if word.endswith("s") and len(word) > 4:
            word = word[:-1]
        digest = hashlib.sha256(word.encode()).digest()
        return "".join(syllables[digest[i] % len(syllables)] for i in range(2 + digest[31] % 3))

    def change(text):
        return WORD.sub(coded, text)

    write(folder, {key: (change(title), change(text)) for key, (title, text) in scifact.documents.items()},
          {key: change(text) for key, text in scifact.queries.items()}, scifact.judgements)


def stem(word):
    return re.sub(r"(ing|ed|es|s|ly|ion|ions|al|ity)$", "", word.lower())[:7]


def wordnet_synonyms(folder):
    found = {}
    for part in ("noun", "verb", "adj", "adv"):
        for line in (folder / f"data.{part}").read_text().splitlines():
            if line.startswith("  "):
                continue
            fields = line.split(" ")
            words = [fields[4 + 2 * i].split("(")[0] for i in range(int(fields[3], 16))]
            words = [word for word in words if "_" not in word]
            for word in words:
                found.setdefault(word.lower(), []).extend(other for other in words if stem(other) != stem(word))
    return found


def synonyms(folder, scifact, wordnet, everywhere):
    """Removes the claims' words from the abstracts: from all of them, or only from those relevant to the claims."""
    claimed = {query: {stem(word) for word in WORD.findall(text)} - {stem(word) for word in STOP}
               for query, text in scifact.queries.items()}
    forbidden = {key: set().union(*claimed.values()) if everywhere else set() for key in scifact.documents}
    for query, grades in scifact.judgements.items():
        for document in grades:
            forbidden[document] |= claimed[query]

    def change(text, words):
        def replace(match):
            if stem(match[0]) not in words:
                return match[0]
            return next((other for other in wordnet.get(match[0].lower(), []) if stem(other) not in words), "")

        return re.sub(r"\s+", " ", WORD.sub(replace, text)).strip()

    documents = {key: tuple(change(part, forbidden[key]) for part in parts) for key, parts in scifact.documents.items()}
    write(folder, documents, scifact.queries, scifact.judgements)


def typos(folder, scifact):
    """Swaps two letters inside every longer word of a claim."""

    def misspell(match):
        word = match[0]
        if len(word) < 4:
            return word
        at = 1 + hashlib.sha256(word.lower().encode()).digest()[0] % (len(word) - 2)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    write(folder, scifact.documents, {key: WORD.sub(misspell, text) for key, text in scifact.queries.items()}, scifact.judgements)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--scifact", type=pathlib.Path)
    parser.add_argument("--wordnet", type=pathlib.Path)
    parser.add_argument("--swift", type=pathlib.Path, nargs="*", default=[])
    options = parser.parse_args()
    functions = python_functions()
    code_words(options.out / "code-words", functions, random.Random(1), 2000)
    code_names(options.out / "code-names", functions, random.Random(2), 2000)
    serials(options.out / "serials", random.Random(3))
    manuals(options.out / "manuals", random.Random(4))
    if options.swift:
        code_words(options.out / "swift-words", swift_functions(options.swift), random.Random(5), 2000)
    if options.scifact:
        scifact = SciFact(options.scifact, random.Random(6))
        cipher(options.out / "cipher", scifact)
        typos(options.out / "typos", scifact)
        wordnet = wordnet_synonyms(options.wordnet) if options.wordnet else {}
        synonyms(options.out / "synonyms", scifact, wordnet, everywhere=True)
        synonyms(options.out / "misleading", scifact, wordnet, everywhere=False)


if __name__ == "__main__":
    main()
