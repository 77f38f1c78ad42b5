#!/usr/bin/env bash
# What a build and a run need from outside: Swift, Debian packages, the model, PDFium.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/say.sh
source scripts/toolchain.sh

require_swift
scripts/packages.sh
scripts/model.sh
scripts/pdfium.sh
