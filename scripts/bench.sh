#!/usr/bin/env bash
# Runs every benchmark and gathers what they measured into .build/bench.json.
# $CONTEXTD_SHARED/data holds test collections in BEIR layout (scifact, cranfield); without it retrieval quality is not
# measured. The encoder's rivals come from PyPI into .venv-bench; where they cannot be installed, they are not run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/say.sh
source scripts/python.sh

scripts/build.sh contextd bench-encoder bench-index bench-hybrid bench-tenants bench-completions

results=$(mktemp -d .build/bench-XXXXXX)
trap 'rm -rf "$results"' EXIT
export CONTEXTD_MODEL_DIR=${CONTEXTD_MODEL_DIR:-$PWD/models/all-MiniLM-L6-v2}
data=${CONTEXTD_SHARED:-../shared}/data

# In a subshell: what cannot be installed ends that, not the benchmark.
rivals=
if (make_environment .venv-bench Benchmarks/scripts/requirements-bench.txt); then
    rivals=.venv-bench/bin/python
    "$rivals" -m pip install --quiet --disable-pip-version-check --no-input --requirement Benchmarks/scripts/requirements-bench-source.txt ||
        say "Rivals: some are missing; pip could not build requirements-bench-source.txt"
fi

encoder_options=(--threads 2)
encoder_texts=()
[ ! -r "$data/scifact/corpus.jsonl.gz" ] || {
    gunzip --to-stdout "$data/scifact/corpus.jsonl.gz" >"$results/texts.jsonl"
    encoder_texts=(--texts "$results/texts.jsonl")
}

say "Encoder"
.build/release/bench-encoder "${encoder_options[@]}" "${encoder_texts[@]}" --json >"$results/encoder.json" || fail "bench-encoder failed (see above)."
.build/release/bench-encoder --precision int8 "${encoder_options[@]}" "${encoder_texts[@]}" --json >"$results/encoder-int8.json" ||
    fail "bench-encoder --precision int8 failed (see above)."
if [ -n "$rivals" ]; then
    say "Encoder: rivals"
    cases=(--cases Tests/Fixtures/minilm-parity.jsonl)
    reference=${CONTEXTD_SHARED:-../shared}/reference/minilm-parity/cases.jsonl
    [ ! -r "$reference" ] || cases+=(--cases "$reference")
    "$rivals" Benchmarks/scripts/rivals_encoder.py "${encoder_options[@]}" "${encoder_texts[@]:---seeded}" "${cases[@]}" \
        --json "$results/rivals-encoder.json" || fail "rivals_encoder.py failed (see above)."
    say "Tokenizer: comparison with Hugging Face's token ids"
    collections=()
    for collection in scifact cranfield; do
        [ ! -r "$data/$collection/corpus.jsonl.gz" ] || collections+=(--data "$data/$collection")
    done
    "$rivals" Benchmarks/scripts/tokenizer_identity.py "${collections[@]}" --json "$results/tokenizer.json" || fail "tokenizer_identity.py failed (see above)."
else
    say "Encoder: rivals not run because .venv-bench could not be created (see above)"
fi
say "Index"
index_options=(--sizes 10000,100000)
if [ -r "$data/scifact/corpus.jsonl.gz" ] && [ -r "$data/cranfield/corpus.jsonl.gz" ]; then
    say "Vectors of 100,500 sentences (two minutes)"
    python3 Benchmarks/scripts/sentences.py --data "$data/scifact" --data "$data/cranfield" --count 100500 "$results/sentences.jsonl"
    .build/release/bench-encoder --precision int8 --texts "$results/sentences.jsonl" --count 100500 --embed "$results/vectors.f32" ||
        fail "the sentences could not be embedded (see above)."
    index_options+=(--vectors "$results/vectors.f32")
else
    say "Index: using synthetic vectors because $data has no collections (set CONTEXTD_SHARED to use another folder)"
fi
.build/release/bench-index "${index_options[@]}" --json >"$results/index.json" || fail "bench-index failed (see above)."
if [ -n "$rivals" ] && [ -r "$results/vectors.f32" ]; then
    say "Index: rivals"
    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 "$rivals" Benchmarks/scripts/rivals_index.py --vectors "$results/vectors.f32" --sizes 10000,100000 \
        --json "$results/rivals-index.json" || fail "rivals_index.py failed (see above)."
    python3 Benchmarks/scripts/plot_index.py "$results/index.json" "$results/rivals-index.json" --svg .build/index-recall.svg \
        --table .build/index-recall.md --json "$results/index-equal-recall.json" || fail "plot_index.py failed (see above)."
else
    say "Index: rivals not run"
fi

# A tenth of the tenants that hold something, with all that are registered: many_tenants.py --help has the full size.
say "Many tenants"
python3 Benchmarks/scripts/many_tenants.py --binary .build/release/contextd --fill .build/release/bench-tenants --filled 200 --large 5 \
    --searches 2000 --cold 50 --json "$results/tenants.json" || fail "many_tenants.py failed (see above)."

say "Isolation: latency of one tenant under the load of another (five minutes)"
python3 Benchmarks/Isolation/neighbours.py --binary .build/release/contextd --json "$results/neighbours.json" ||
    fail "neighbours.py failed (see above)."

# Runs retrieval_quality.py on the collection in folder $1; its results go to retrieval-$2.json, the rest are options.
quality() {
    local folder=$1 name=$2
    shift 2
    python3 Benchmarks/scripts/retrieval_quality.py --binary .build/release/contextd --data "$folder" --json "$results/retrieval-$name.json" "$@" ||
        fail "retrieval_quality.py failed on $name (see above)."
}

for collection in scifact cranfield; do
    if [ ! -r "$data/$collection/corpus.jsonl.gz" ]; then
        say "Retrieval quality on $collection: not measured because $data/$collection is missing (set CONTEXTD_SHARED to use another folder)"
        continue
    fi
    say "Retrieval quality on $collection"
    quality "$data/$collection" "$collection" --keep "$results/$collection"
    CONTEXTD_EMBEDDING_PRECISION=float32 quality "$data/$collection" "$collection-float32" --label float32
    say "Retrieval quality on $collection with random vectors"
    quality "$data/$collection" "$collection-random" --random-vectors --label "random vectors"
done

say "Retrieval quality on passages of long documents"
CONTEXTD_EMBEDDING_PRECISION=int8 python3 Benchmarks/scripts/passage_quality.py --binary .build/release/contextd --hybrid-wins \
    --json "$results/retrieval-passages.json" || fail "passage_quality.py failed (see above)."

if [ -d "$results/scifact" ]; then
    say "Hybrid search in process, 100,000 passages"
    .build/release/bench-hybrid "$results/scifact" --json >"$results/hybrid.json" || fail "bench-hybrid failed (see above)."
    say "Retrieval quality with synonyms instead of the documents' words"
    python3 Benchmarks/scripts/make_collections.py --out "$results/collections" --scifact "$data/scifact"
    quality "$results/collections/synonyms" synonyms
fi

say "Overhead of a request (uvicorn and the official MCP SDK have their own Python environment)"
overhead_options=()
[ ! -d "$results/scifact" ] || overhead_options+=(--data "$results/scifact" --queries "$data/scifact/queries.jsonl")
if (make_environment .venv-http Benchmarks/scripts/requirements-bench-http.txt); then
    overhead_options+=(--rivals .venv-http/bin/python)
else
    say "Overhead: rivals not run because .venv-http could not be created (see above)"
fi
python3 Benchmarks/scripts/request_overhead.py --binary .build/release/contextd "${overhead_options[@]}" --json "$results/overhead.json" ||
    fail "request_overhead.py failed (see above)."

if [ -r "$data/scifact/corpus.jsonl.gz" ] && [ -r "$data/cranfield/corpus.jsonl.gz" ]; then
    say "Answers of the built-in model"
    python3 Benchmarks/scripts/extractive_quality.py --binary .build/release/contextd --data "$data/scifact" --alien "$data/cranfield" \
        --json "$results/extractive.json" || fail "extractive_quality.py failed (see above)."
fi

if [ -r "$data/scifact/corpus.jsonl.gz" ]; then
    say "Ingest"
    python=python3
    if (make_environment .venv-ingest Benchmarks/scripts/requirements-bench-ingest.txt); then
        python=.venv-ingest/bin/python
    else
        say "Ingest: rival not run because .venv-ingest could not be created (see above)"
    fi
    "$python" Benchmarks/scripts/rivals_ingest.py --binary .build/release/contextd --data "$data/scifact" --json "$results/ingest.json" ||
        fail "rivals_ingest.py failed (see above)."
fi

say "Completions (LiteLLM's proxy has its own Python environment, with other package versions)"
completion_options=()
if (make_environment .venv-litellm Benchmarks/scripts/requirements-bench-litellm.txt); then
    completion_options=(--litellm .venv-litellm/bin/litellm)
else
    say "Completions: rival not run because .venv-litellm could not be created (see above)"
fi
.build/release/bench-completions "${completion_options[@]}" --json >"$results/completions.json" || fail "bench-completions failed (see above)."

python3 Benchmarks/scripts/gather.py "$results" .build/bench.json
