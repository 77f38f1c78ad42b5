#!/usr/bin/env bash
# Installs the Debian packages that are missing; asks the network only then.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/say.sh

packages=(
    # Linked: FAISS, OpenBLAS, PostgreSQL's client, OpenSSL, SQLite, libxml2, libarchive, zlib (Swift NIO).
    libfaiss-dev libopenblas-dev libpq-dev libssl-dev libsqlite3-dev libxml2-dev libarchive-dev zlib1g-dev
    # Loaded where it is installed: text recognition, which the tests use.
    tesseract-ocr
    # Compiling against them: libstdc++ and omp.h come with g++.
    g++ pkg-config git
    # The model's wheel and the test clients.
    ca-certificates curl python3 python3-venv
)

if ! command -v dpkg-query >/dev/null 2>&1; then
    say "This is not Debian or Ubuntu, so nothing is installed. contextd needs the contents of these packages: ${packages[*]}"
    exit 0
fi

is_installed() { [ "$(dpkg-query --show --showformat '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing=()
for package in "${packages[@]}"; do is_installed "$package" || missing+=("$package"); done
if [ ${#missing[@]} -eq 0 ]; then
    say "Debian packages: all ${#packages[@]} are installed"
    exit 0
fi

by_hand="apt-get install ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || fail "Debian packages are missing, and installing them needs root or sudo. Run as root: $by_hand"
    as_root=(sudo)
fi

# noninteractive, so that no package stops to ask; the timeout waits for another apt to finish.
apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=2 "$@" >&2
}

say "Debian packages: installing ${missing[*]}"
apt update || say "apt-get update failed; continuing with the existing package lists."
apt install --yes --no-install-recommends "${missing[@]}" ||
    fail "apt-get could not install: ${missing[*]}. Check the network and apt's sources (on Ubuntu, libfaiss-dev is in 'universe'), or run: $by_hand"
