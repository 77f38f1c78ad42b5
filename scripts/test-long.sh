#!/usr/bin/env bash
# test-long.sh [SUITE]: repeats the attacks of Tests/Attacks on the program, then fuzzes every parser with CONTEXTD_FUZZ_INPUTS inputs (1,000,000) of a random seed, or of CONTEXTD_FUZZ_SEED. Takes
# three to five hours on two cores, most of them for snapshots. A parser runs in a process of its own: a trap ends only that, and its last input is kept.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/say.sh
source scripts/toolchain.sh

require_swift
export CONTEXTD_FUZZ_INPUTS=${CONTEXTD_FUZZ_INPUTS:-1000000}
export CONTEXTD_FUZZ_SEED=${CONTEXTD_FUZZ_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
swift build "${build_flags[@]}" --build-tests || fail "the tests did not build; the first error above says why."

if [ -z "${1:-}" ]; then
    swift build "${build_flags[@]}" --product contextd
    say "Attacks (Tests/Attacks)"
    python3 Tests/Attacks/attacks.py || fail "an attack succeeded; its line begins with FAIL"
fi

inputs=.build/fuzz
mkdir -p "$inputs"
rm -f "$inputs"/*.input
failures=0
for suite in ${1:-JSONFuzzTests BodyFuzzTests MCPFuzzTests SnapshotFuzzTests SafetensorsFuzzTests ExtractFuzzTests}; do
    say "$suite: $CONTEXTD_FUZZ_INPUTS inputs for each parser, seed $CONTEXTD_FUZZ_SEED"
    log=$inputs/$suite.log
    if swift test --configuration release --skip-build --disable-xctest --filter "$suite" >"$log" 2>&1; then
        grep -aE '^fuzz: ' "$log" || true
    else
        failures=$((failures + 1))
        grep -aE '^fuzz: |✘|Fatal error|crashed|unexpected signal' "$log" | cut -c1-500 | head -n 50 || true
        for input in "$inputs"/*.input; do
            [ -e "$input" ] || continue
            mkdir -p "$inputs/failed"
            mv "$input" "$inputs/failed/$(basename "$input" .input).$CONTEXTD_FUZZ_SEED"
        done
        say "$suite failed. Seed $CONTEXTD_FUZZ_SEED; the input is in $inputs/failed (8 bytes of length, then the input), the log in $log"
    fi
done
[ "$failures" -eq 0 ] || fail "$failures suites failed"
say "No input of seed $CONTEXTD_FUZZ_SEED trapped or broke a rule"
