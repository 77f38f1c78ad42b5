#!/usr/bin/env python3
"""Measures how many documents are ingested per CPU second, from their text to a searchable index, by contextd and by LangChain with
ONNX Runtime and Chroma, on the same documents and model.

    rivals_ingest.py --binary .build/release/contextd --data FOLDER [--count 1000] --json OUT

FOLDER is a collection in BEIR layout. Both sides split documents into passages of at most 256 tokens. contextd receives them through
POST /v1/documents/import and stores texts, lexical index and vectors durably; LangChain's side runs in a process of its own, which
splits, embeds in batches sorted by length, and adds to a persistent Chroma collection. CPU seconds are user plus system time of the
whole process during the ingest, without start and import of modules. The share of embedding is the time of contextd's encoder
threads, and of the rival's calls of its encoder.

OUT is a list of rows for gather.py. Without chromadb and langchain the rival is skipped, with a message.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from retrieval_quality import Client, Failure, read_lines, scratch_server

MAXIMUM_TOKENS = 256
RIVAL = "LangChain, Chroma, ONNX Runtime"
TICKS = os.sysconf("SC_CLK_TCK")


# contextd.


def listener(url):
    """Returns the process id of the server that this script started on the port of `url`."""
    port = url.rsplit(":", 1)[1]
    for child in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if f"127.0.0.1:{port}".encode() in child.read_bytes().split(b"\0"):
                return int(child.parent.name)
        except OSError:
            continue
    raise Failure(f"no process listens on {url}")


def thread_seconds(process):
    """Returns {thread name: CPU seconds} of a process."""
    seconds = {}
    for task in pathlib.Path(f"/proc/{process}/task").iterdir():
        name, fields = (task / "comm").read_text().strip(), (task / "stat").read_text().rsplit(")", 1)[1].split()
        seconds[name] = seconds.get(name, 0) + (int(fields[11]) + int(fields[12])) / TICKS
    return seconds


def contextd(binary, lines, precision):
    """Returns documents per CPU second, the share of embedding, and the number of passages."""
    with scratch_server(binary, ["--set", f"embedding.precision={precision}"]) as (url, key):
        process = listener(url)
        before = thread_seconds(process)
        last = Client(url, key).import_corpus(lines, lambda _: None)
        # Threads do not end during an import, so the differences are complete.
        used = {name: seconds - before.get(name, 0) for name, seconds in thread_seconds(process).items()}
    whole = sum(used.values())
    return len(lines) / whole, sum(seconds for name, seconds in used.items() if name.startswith("embed")) / whole, last["chunks"]


# The rival, in a process of its own: rivals_ingest.py --rival FORM.


def rival(options):
    """Ingests and prints a line of JSON: the same three values."""
    import chromadb
    import langchain_chroma
    import langchain_core.embeddings
    import langchain_core.documents
    import langchain_text_splitters
    import numpy as np
    import tokenizers

    import encoder_rivals
    import export_onnx

    forms = export_onnx.export(options.model, options.folder)
    engine = encoder_rivals.onnxruntime_engine(forms[options.rival], len(os.sched_getaffinity(0)), 1)
    tokenizer = tokenizers.Tokenizer.from_file(str(options.model / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    spent = 0.0

    class Embeddings(langchain_core.embeddings.Embeddings):
        def embed_documents(self, texts):
            nonlocal spent
            start = time.process_time()
            lists = [encoding.ids[: MAXIMUM_TOKENS - 1] + encoding.ids[-1:] for encoding in tokenizer.encode_batch(texts)]
            order = sorted(range(len(lists)), key=lambda place: len(lists[place]), reverse=True)
            rows = np.concatenate([
                engine(encoder_rivals.padded([lists[place] for place in order[first : first + 8]])) for first in range(0, len(order), 8)
            ])
            vectors = np.empty_like(rows)
            vectors[order] = rows
            spent += time.process_time() - start
            return vectors.tolist()

        def embed_query(self, text):
            return self.embed_documents([text])[0]

    splitter = langchain_text_splitters.RecursiveCharacterTextSplitter(
        chunk_size=MAXIMUM_TOKENS - 2, chunk_overlap=0,
        length_function=lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids))
    client = chromadb.PersistentClient(str(options.folder / "chroma"), chromadb.Settings(anonymized_telemetry=False))
    store = langchain_chroma.Chroma("documents", Embeddings(), client=client)
    documents = [
        langchain_core.documents.Document(page_content=f"{row['title']}\n\n{row['text']}", metadata={"id": str(row["_id"])})
        for row in map(json.loads, read_documents(options))
    ]
    start, passages = time.process_time(), 0
    for first in range(0, len(documents), 256):
        parts = splitter.split_documents(documents[first : first + 256])
        store.add_documents(parts)
        passages += len(parts)
    whole = time.process_time() - start
    print(json.dumps([len(documents) / whole, spent / whole, passages]))


def is_installed():
    try:
        import chromadb, langchain_chroma, langchain_text_splitters, onnxruntime  # noqa: E401, F401
    except ImportError as error:
        print(f"skipped {RIVAL}: {error}", file=sys.stderr)
        return False
    return True


def run_rival(options, form):
    with tempfile.TemporaryDirectory(prefix="contextd-ingest-") as folder:
        done = subprocess.run(
            [sys.executable, __file__, "--rival", form, "--folder", folder, "--data", options.data, "--count", str(options.count),
             "--model", options.model], stdout=subprocess.PIPE, text=True, check=False,
            env={**os.environ, "TOKENIZERS_PARALLELISM": "false", "ANONYMIZED_TELEMETRY": "False"})
    if done.returncode != 0:
        raise Failure(f"{RIVAL} failed with status {done.returncode} (see above)")
    return json.loads(done.stdout.splitlines()[-1])


# The comparison.


def read_documents(options):
    return [line for line in read_lines(options.data, "corpus.jsonl") if line.strip()][: options.count]


def rows(options):
    documents = read_documents(options)
    rivals = {"float32": "attention", "int8": "attention-int8"} if is_installed() else {}
    for precision in ("float32", "int8"):
        name, condition = f"ingest, {precision}", f"{len(documents)} documents of {options.data.name}"
        ours = contextd(options.binary, documents, precision)
        yield {"name": name, "unit": "documents/CPU s", "value": ours[0],
               "conditions": f"{condition}, {ours[2]} passages; {ours[1]:.0%} of the time is embedding"}
        if precision in rivals:
            theirs = run_rival(options, rivals[precision])
            yield {"name": name, "unit": "documents/CPU s", "rival": RIVAL, "rival_value": theirs[0],
                   "conditions": f"{condition}, {theirs[2]} passages; {theirs[1]:.0%} of the time is embedding, {rivals[precision]}"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, default=pathlib.Path(".build/release/contextd"))
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder of a collection in BEIR layout")
    parser.add_argument("--count", type=int, default=1000, help="number of documents (default 1000)")
    parser.add_argument("--model", type=pathlib.Path, default=os.environ.get("CONTEXTD_MODEL_DIR") or "models/all-MiniLM-L6-v2")
    parser.add_argument("--json", type=pathlib.Path, help="file to write the rows to")
    parser.add_argument("--rival", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=pathlib.Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.model = pathlib.Path(options.model)
    if options.rival:
        return rival(options)
    try:
        results = []
        for row in rows(options):
            results.append(row)
            value = row.get("value", row.get("rival_value"))
            print(f"{row['name']:<16} {row.get('rival', 'contextd'):<34} {value:9.1f} {row['unit']}  ({row['conditions']})")
    except Failure as error:
        sys.exit(f"error: {error}")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
