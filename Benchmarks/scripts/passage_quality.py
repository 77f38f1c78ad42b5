#!/usr/bin/env python3
"""Measures how often a search of contextd finds the passage of a long document that answers a question, over HTTP.

    passage_quality.py --binary .build/release/contextd              starts a server on a scratch folder
    passage_quality.py --url http://127.0.0.1:8080 --key KEY         uses a running server; --no-import sends only the questions
    passage_quality.py --self-test                                   checks the measure against hand-computed values

The documents and questions are in Benchmarks/passages (--data FOLDER for others in the same format). A result is right if it is a
passage of the question's document and contains the question's span; whitespace is not compared. Recall@k is the share of questions
with a right result among the first k. Only the standard library is used.
"""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import re
import statistics
import sys

from retrieval_quality import MODES, Client, Failure, Progress, read_lines, scratch_server

DEPTHS = (1, 3, 10)
FOLDER = pathlib.Path(__file__).resolve().parent.parent / "passages"


def plain(text):
    return re.sub(r"\s+", " ", text)


def place(results, question):
    """Returns the rank, from 0, of the first result that contains the question's span; None if there is none."""
    for rank, result in enumerate(results):
        if result["document_id"] == question["document"] and plain(question["span"]) in plain(result["text"]):
            return rank
    return None


def recall(places, k):
    return statistics.fmean(place is not None and place < k for place in places)


def self_test():
    question = {"document": "a", "span": "two  words"}
    wrong, right = {"document_id": "a", "text": "two"}, {"document_id": "a", "text": "say two\nwords."}
    elsewhere = {"document_id": "b", "text": "two words"}
    expected = [
        (place([], question), None),
        (place([wrong, elsewhere], question), None),
        (place([right], question), 0),
        (place([wrong, elsewhere, right], question), 2),
        (recall([0, 2, None, 3], 1), 0.25),
        (recall([0, 2, None, 3], 3), 0.5),
        (recall([0, 2, None, 3], 10), 0.75),
    ]
    for index, (value, want) in enumerate(expected):
        if value != want:
            sys.exit(f"error: self-test {index}: expected {want}, got {value}")
    print(f"self-test: {len(expected)} measures match the hand-computed values")


def read_questions(folder):
    """Returns the questions. Throws if a span does not occur exactly once in its document."""
    texts = {row["_id"]: plain(row["text"]) for row in map(json.loads, read_lines(folder, "corpus.jsonl"))}
    questions = [json.loads(line) for line in read_lines(folder, "questions.jsonl")]
    for question in questions:
        count = texts[question["document"]].count(plain(question["span"]))
        if count != 1:
            raise Failure(f"{question['question']!r}: its span occurs {count} times in {question['document']}, not once")
    return questions


def import_documents(url, key, folder):
    """Imports each document by a request of its own, so that no request takes long."""
    progress, lines = Progress(), read_lines(folder, "corpus.jsonl")
    for number, line in enumerate(lines, 1):
        Client(url, key).import_corpus([line], lambda status: None)
        progress(f"import: {number} of {len(lines)} documents", last=number == len(lines))


def search(client, question, mode):
    body = json.dumps({"query": question["question"], "limit": max(DEPTHS), "mode": mode}).encode()
    response = client.post("/v1/search", body, "application/json")
    answer = response.read()
    if response.status != 200:
        raise Failure(f"POST /v1/search: {response.status} {answer[:300].decode(errors='replace')}")
    return json.loads(answer)["results"]


def ask(url, key, questions, mode):
    """Returns the place of each question's passage, in the order of the questions."""
    client, progress, places = Client(url, key), Progress(), []
    for question in questions:
        places.append(place(search(client, question, mode), question))
        progress(f"{mode}: {len(places)} of {len(questions)} questions", last=len(places) == len(questions))
    return places


def groups(questions):
    """Returns the indexes of the questions by group: all, each kind, each genre."""
    found = {"all": list(range(len(questions)))}
    for name in ("kind", "genre"):
        for value in sorted({question[name] for question in questions}):
            found[value] = [index for index, question in enumerate(questions) if question[name] == value]
    return found


def print_table(questions, places):
    print(f"{'recall@3':<12} {'questions':>9} " + " ".join(f"{mode:>8}" for mode in places))
    for name, indexes in groups(questions).items():
        values = [recall([rows[index] for index in indexes], 3) for rows in places.values()]
        print(f"{name:<12} {len(indexes):>9} " + " ".join(f"{value:>8.4f}" for value in values))
    for k in DEPTHS:
        print(f"{f'recall@{k}':<12} {len(questions):>9} " + " ".join(f"{recall(rows, k):>8.4f}" for rows in places.values()))


def results(questions, places, label):
    conditions = f"{len(questions)} questions, long documents of {len({question['genre'] for question in questions})} genres"
    suffix = f", {label}" if label else ""
    return [
        {"name": f"passages {mode} Recall@{k}{suffix}", "value": recall(rows, k), "unit": f"Recall@{k}", "conditions": conditions}
        for mode, rows in places.items()
        for k in DEPTHS
    ]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, default=FOLDER, help="folder of documents and questions (default Benchmarks/passages)")
    parser.add_argument("--binary", help="contextd program to start for the measurement")
    parser.add_argument("--url", help="URL of a running server to use")
    parser.add_argument("--key", default=os.environ.get("CONTEXTD_KEY"), help="key for the server at --url (default: CONTEXTD_KEY)")
    parser.add_argument("--no-import", action="store_true", help="the server already holds the documents")
    parser.add_argument("--mode", action="append", choices=MODES, help="mode to measure; may be repeated (default: all)")
    parser.add_argument("--label", default="", help="suffix for the names of the results")
    parser.add_argument("--json", type=pathlib.Path, help="file to write the results to")
    parser.add_argument("--hybrid-wins", action="store_true", help="exit with 1 if hybrid has a lower recall@3 than dense or lexical")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if not options.self_test:
        if (options.binary is None) == (options.url is None):
            parser.error("--binary or --url is required")
        if options.url and not options.key:
            parser.error("--url requires --key")
        if options.binary and options.no_import:
            parser.error("--no-import requires --url")
    options.mode = options.mode or list(MODES)
    if options.hybrid_wins and set(options.mode) != set(MODES):
        parser.error("--hybrid-wins requires all modes")
    return options


def main():
    options = arguments()
    if options.self_test:
        return self_test()
    try:
        questions = read_questions(options.data)
        with contextlib.ExitStack() as stack:
            url, key = options.url, options.key
            if options.binary:
                url, key = stack.enter_context(scratch_server(options.binary))
            if not options.no_import:
                import_documents(url, key, options.data)
            places = {mode: ask(url, key, questions, mode) for mode in options.mode}
    except (Failure, OSError, http.client.HTTPException, ValueError, KeyError) as error:
        sys.exit(f"error: {error}")
    print_table(questions, places)
    if options.json:
        options.json.write_text(json.dumps(results(questions, places, options.label), indent=1) + "\n")
    if options.hybrid_wins and recall(places["hybrid"], 3) < max(recall(rows, 3) for rows in places.values()):
        sys.exit("error: hybrid search finds fewer passages than one of its parts")


if __name__ == "__main__":
    main()
