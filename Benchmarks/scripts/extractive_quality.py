#!/usr/bin/env python3
"""Measures contextd's built-in answers over HTTP: whether it cites the right document, and whether it refuses when it should.

    extractive_quality.py --binary .build/release/contextd --data FOLDER --alien FOLDER      starts a server on a scratch folder
    extractive_quality.py --url http://127.0.0.1:8080 --key KEY --data FOLDER --alien FOLDER --no-import      uses a running server

Both folders are in BEIR layout (see retrieval_quality.py). Sends every judged query of --data against its own corpus: the right document
should be among the first three citations. Sends the first 200 queries of --alien, whose topics do not occur in that corpus, against the
same corpus: they should be refused. Compares each citation with the stored text byte for byte. Uses only the standard library.

The constants of the built-in model are chosen with other questions: --split train, and --alien-titles, which sends 400 titles of
--alien's documents instead of its queries.
"""

import argparse
import contextlib
import http.client
import json
import pathlib
import random
import statistics
import sys
import time
import urllib.parse

from retrieval_quality import Client, Collection, Failure, import_collection, read_lines, scratch_server

REFUSAL = "The documents do not say."
ALIENS = 200
ALIEN_TITLES = 400
# Required results on the test questions: name, worst acceptable value, whether larger is better.
PROMISES = (
    ("right document among the first 3 citations", 0.75, True),
    ("own questions refused", 0.10, False),
    ("alien questions refused", 0.80, True),
    ("citations that are not the stored text", 0, False),
)


class Asker(Client):
    def __init__(self, url, key):
        super().__init__(url, key)
        self.texts = {}

    def ask(self, question):
        body = json.dumps({"model": "extractive", "messages": [{"role": "user", "content": question}]}).encode()
        for _ in range(20):
            response = self.post("/v1/chat/completions", body, "application/json")
            answer = response.read()
            if response.status in (429, 503):
                time.sleep(float(response.headers.get("Retry-After") or 0.2))
                continue
            if response.status != 200:
                raise Failure(f"POST /v1/chat/completions: {response.status} {answer[:300].decode(errors='replace')}")
            return json.loads(answer)
        raise Failure("POST /v1/chat/completions: still overloaded after 20 attempts")

    def stored(self, document):
        """Returns the document's text as stored by the server, in bytes."""
        if document not in self.texts:
            path = f"/v1/documents/{urllib.parse.quote(document, safe='')}/content"
            self.connection.request("GET", path, headers=self.headers)
            response = self.connection.getresponse()
            self.texts[document] = response.read()
            if response.status != 200:
                raise Failure(f"GET {path}: {response.status}")
        return self.texts[document]

    def verifies(self, citation):
        span = citation["span"]
        return self.stored(citation["document_id"])[span["start"] : span["end"]] == citation["text"].encode()


def evaluate(url, key, collection, aliens):
    client = Asker(url, key)
    seconds, right, refused, citations, wrong = [], 0, 0, 0, 0

    def answer(question):
        nonlocal citations, wrong
        started = time.monotonic()
        completion = client.ask(question)
        seconds.append(time.monotonic() - started)
        citations += len(completion["citations"])
        wrong += sum(not client.verifies(citation) for citation in completion["citations"])
        is_refused = completion["choices"][0]["message"]["content"] == REFUSAL
        if is_refused != (not completion["citations"]):
            raise Failure(f"expected citations in an answer and none in a refusal, got {completion}")
        return is_refused, [citation["document_id"] for citation in completion["citations"]]

    for query, text in collection.queries:
        is_refused, documents = answer(text)
        refused += is_refused
        right += any(collection.judgements[query].get(document, 0) > 0 for document in documents[:3])
    own_citations = citations
    alien_refused = sum(answer(text)[0] for text in aliens)
    asked = len(collection.queries)
    return [
        ("own questions", asked, "questions"),
        ("right document among the first 3 citations", right / asked, "share"),
        ("own questions refused", refused / asked, "share"),
        ("citations of an answer", own_citations / max(1, asked - refused), "citations"),
        ("alien questions", len(aliens), "questions"),
        ("alien questions refused", alien_refused / len(aliens), "share"),
        ("citations checked", citations, "citations"),
        ("citations that are not the stored text", wrong, "citations"),
        ("answer p50", statistics.median(seconds) * 1000, "ms"),
    ]


def alien_questions(folder, titles):
    if not titles:
        return [json.loads(line)["text"] for line in read_lines(folder, "queries.jsonl")][:ALIENS]
    # Titles about as long as a question, chosen by the seed.
    found = [title for line in read_lines(folder, "corpus.jsonl") if 6 <= len((title := json.loads(line)["title"]).split()) <= 25]
    random.Random(5).shuffle(found)
    return found[:ALIEN_TITLES]


def broken_promises(figures):
    values = {name: value for name, value, _ in figures}
    return [
        f"{name}: {values[name]:.3f}, expected {'at least' if upward else 'at most'} {worst}"
        for name, worst, upward in PROMISES
        if (values[name] < worst if upward else values[name] > worst)
    ]


def rows(figures, collection, options):
    """Returns the rows in the format of gather.py."""
    label = f", {options.label}" if options.label else ""
    conditions = f"{len(collection.corpus)} documents of {collection.name}, alien questions of {options.alien.name}"
    return [
        {"name": f"built-in answers, {name}{label}", "value": value, "unit": unit, "conditions": conditions}
        for name, value, unit in figures
        if name not in ("own questions", "alien questions")
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder of the collection to query")
    parser.add_argument("--alien", type=pathlib.Path, required=True, help="folder of a collection whose questions it cannot answer")
    parser.add_argument("--binary", help="contextd program to start for the measurement")
    parser.add_argument("--url", help="URL of a running server to use")
    parser.add_argument("--key", help="key for the server at --url")
    parser.add_argument("--no-import", action="store_true", help="the server already holds the collection")
    parser.add_argument("--split", default="test", help="judgements to use: qrels/SPLIT.tsv (default test)")
    parser.add_argument("--alien-titles", action="store_true", help="send titles of --alien's documents instead of its queries")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a result is worse than required")
    parser.add_argument("--label", default="", help="suffix for the names of the results")
    parser.add_argument("--json", type=pathlib.Path, help="file to write the results to")
    options = parser.parse_args()
    if (options.binary is None) == (options.url is None) or (options.url and not options.key):
        parser.error("--binary, or --url with --key, is required")
    try:
        collection = Collection(options.data, options.split)
        aliens = alien_questions(options.alien, options.alien_titles)
        server = scratch_server(options.binary) if options.binary else contextlib.nullcontext((options.url, options.key))
        with server as (url, key):
            if not options.no_import:
                import_collection(url, key, collection)
            figures = evaluate(url, key, collection, aliens)
    except (Failure, OSError, http.client.HTTPException, ValueError, KeyError) as error:
        sys.exit(f"error: {error}")
    for name, value, unit in figures:
        print(f"{name:<46} " + (f"{value:>10.3f}" if isinstance(value, float) else f"{value:>10,}") + (f" {unit}" if unit == "ms" else ""))
    if options.json:
        options.json.write_text(json.dumps(rows(figures, collection, options), indent=1) + "\n")
    broken = broken_promises(figures)
    if options.check and broken:
        sys.exit("error: " + "; ".join(broken))


if __name__ == "__main__":
    main()
