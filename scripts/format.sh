#!/usr/bin/env bash
# Rewrites the Swift sources with swift format, and those in C and C++ with clang-format if there is one (or the one CLANG_FORMAT names).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/say.sh
source scripts/toolchain.sh

require_swift
say "Swift: swift format"
swift format --in-place --parallel --recursive Package.swift Sources Tests Benchmarks Examples

clang_format=${CLANG_FORMAT:-clang-format}
if ! command -v "$clang_format" >/dev/null 2>&1; then
    say "C and C++: skipped, $clang_format was not found. Install it with apt-get or pip (versions 14, 18, 20 and 23 give the same text)."
    exit 0
fi
say "C and C++: $("$clang_format" --version)"
find Sources Tests scripts \( -name '*.[ch]' -o -name '*.[ch]pp' \) -exec "$clang_format" -i {} +
