#!/usr/bin/env bash
# Builds what users run and the tests of it, in the one configuration, and runs them. Arguments go to `swift test`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/say.sh
source scripts/toolchain.sh

require_swift
[ -x .build/release/contextd ] ||
    say "The first build takes 4 to 10 minutes on two cores; its steps are counted below."
say "Building contextd and its tests (release)"
swift build "${build_flags[@]}" --build-tests ||
    fail "the tests did not build; the first error above says why. (No network? Swift fetches the packages of Package.swift from github.com once.)"
swift build "${build_flags[@]}" --product contextd

say "Running the tests"
# Many tests start servers. All at once they would wait for the machine and not for each other, and time-outs would measure that.
bounded=(--experimental-maximum-parallelization-width 4)
swift test --help-hidden 2>/dev/null | grep -q -- "${bounded[0]}" || bounded=()
# There are no XCTest cases; without this the run ends with a line about 0 of them.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
code=0
swift test --configuration release --skip-build --disable-xctest ${bounded[@]+"${bounded[@]}"} "$@" 2>&1 | tee "$log" || code=$?
# Tests end in any order, thousands of lines before the last one; what failed is said where the eye is.
if [ "$code" -ne 0 ]; then
    say "What failed"
    grep -aE "✘|Fatal error|crashed|unexpected signal" "$log" | cut -c1-2000 | head -n 200 || true
fi
exit "$code"
