#!/usr/bin/env bash
# Runs every benchmark and gathers what they measured into .build/bench.json.
# $CONTEXTD_SHARED/data holds test collections in BEIR layout (scifact, cranfield); without it retrieval quality is not
# measured.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/say.sh

scripts/build.sh contextd bench-encoder bench-index

results=$(mktemp -d .build/bench-XXXXXX)
trap 'rm -rf "$results"' EXIT
export CONTEXTD_MODEL_DIR=${CONTEXTD_MODEL_DIR:-$PWD/models/all-MiniLM-L6-v2}
data=${CONTEXTD_SHARED:-../shared}/data

encoder_texts=()
[ ! -r "$data/scifact/corpus.jsonl.gz" ] || {
    gunzip --to-stdout "$data/scifact/corpus.jsonl.gz" >"$results/texts.jsonl"
    encoder_texts=(--texts "$results/texts.jsonl")
}

say "Encoder"
.build/release/bench-encoder "${encoder_texts[@]}" --json >"$results/encoder.json" || fail "bench-encoder failed (see above)."
say "Index"
.build/release/bench-index --json >"$results/index.json" || fail "bench-index failed (see above)."

for collection in scifact cranfield; do
    if [ ! -r "$data/$collection/corpus.jsonl.gz" ]; then
        say "Retrieval quality on $collection: not measured, there is no $data/$collection (CONTEXTD_SHARED names another folder)"
        continue
    fi
    say "Retrieval quality on $collection"
    python3 Benchmarks/scripts/retrieval_quality.py --binary .build/release/contextd --data "$data/$collection" \
        --json "$results/retrieval-$collection.json" || fail "retrieval_quality.py failed on $collection (see above)."
done

say "Rivals: none were run (ONNX Runtime, OpenVINO, PyTorch, CTranslate2; faiss-cpu, hnswlib, usearch)."

python3 Benchmarks/scripts/gather.py "$results" .build/bench.json
