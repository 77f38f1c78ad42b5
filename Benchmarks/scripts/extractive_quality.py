#!/usr/bin/env python3
"""Quality of contextd's built-in answers, over HTTP: does it cite the right document, and does it keep silent where it should?

    extractive_quality.py --binary .build/release/contextd --data FOLDER --alien FOLDER      a server of its own, on a scratch folder
    extractive_quality.py --url http://127.0.0.1:8080 --key KEY --data FOLDER --alien FOLDER --no-import      a running server

Both folders are in BEIR layout (see retrieval_quality.py). Every judged query of --data is asked of its own corpus: the right document
should be among the first three citations. The first 200 queries of --alien, which are about nothing in that corpus, are asked of the
same corpus: they should be refused. Each citation is compared with the stored text byte for byte. Only the standard library is used.

What the built-in model's constants are chosen by are other questions: --split train, and --alien-titles, which asks 400 titles of
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
# What is promised of the test questions: name, the worst that will do, whether larger is better.
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
        """The document's text as the server has it, in bytes."""
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
            raise Failure(f"an answer without citations, or a refusal with some: {completion}")
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
    # Titles as long as a question is; which ones, the seed decides.
    found = [title for line in read_lines(folder, "corpus.jsonl") if 6 <= len((title := json.loads(line)["title"]).split()) <= 25]
    random.Random(5).shuffle(found)
    return found[:ALIEN_TITLES]


def broken_promises(figures):
    values = {name: value for name, value, _ in figures}
    return [
        f"{name}: {values[name]:.3f}, promised is {'at least' if upward else 'at most'} {worst}"
        for name, worst, upward in PROMISES
        if (values[name] < worst if upward else values[name] > worst)
    ]


def rows(figures, collection, options):
    """As gather.py reads them."""
    label = f", {options.label}" if options.label else ""
    conditions = f"{len(collection.corpus)} documents of {collection.name}, alien questions of {options.alien.name}"
    return [
        {"name": f"built-in answers, {name}{label}", "value": value, "unit": unit, "conditions": conditions}
        for name, value, unit in figures
        if name not in ("own questions", "alien questions")
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="the collection that is asked")
    parser.add_argument("--alien", type=pathlib.Path, required=True, help="a collection whose questions it cannot answer")
    parser.add_argument("--binary", help="start this contextd for the measurement")
    parser.add_argument("--url", help="use the server at this address")
    parser.add_argument("--key", help="its key")
    parser.add_argument("--no-import", action="store_true", help="the collection is in the server already")
    parser.add_argument("--split", default="test", help="the judgements to use: qrels/SPLIT.tsv (default test)")
    parser.add_argument("--alien-titles", action="store_true", help="ask titles of --alien's documents instead of its queries")
    parser.add_argument("--check", action="store_true", help="end with status 1 where the figures are below what is promised")
    parser.add_argument("--label", default="", help="what to add to the names of the results")
    parser.add_argument("--json", type=pathlib.Path, help="write the results to this file too")
    options = parser.parse_args()
    if (options.binary is None) == (options.url is None) or (options.url and not options.key):
        parser.error("either --binary, or --url with --key, is needed")
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
