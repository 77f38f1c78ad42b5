#!/usr/bin/env bash
# test-long.sh [SUITE]: repeats the attacks of Tests/Attacks on the program, tests the OpenAPI document (test-openapi.sh), then fuzzes every
# parser with CONTEXTD_FUZZ_INPUTS inputs (1,000,000) of a random seed, or of CONTEXTD_FUZZ_SEED. Takes over an hour on two cores, most of
# it for HTML, Markdown and plain text (32 minutes) and snapshots (14 minutes). A suite runs in a process of its own, as many at once as
# there are cores: a trap ends only that, and its last input is kept.
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
    # CONTEXTD_RECALL_VECTORS, a file of float32 rows as bench-encoder --embed writes it, adds a trial on sentence vectors.
    say "Recall estimates of large indexes"
    CONTEXTD_RECALL_ROWS=${CONTEXTD_RECALL_ROWS:-10000,100000,1000000} .build/release/contextdPackageTests.xctest --testing-library swift-testing \
        --filter RecallEstimateTests || fail "an index reported an interval that its true recall is not in (see above)"
    scripts/test-openapi.sh
fi

inputs=.build/fuzz
mkdir -p "$inputs"
rm -f "$inputs"/*.input
# Files of a test are written and thrown away a million times.
if [ -d /dev/shm ] && [ -w /dev/shm ]; then
    scratch=$(mktemp -d /dev/shm/contextd-fuzz.XXXXXX)
    trap 'rm -rf "$scratch"' EXIT
    export TMPDIR=$scratch
fi

# The program of the tests itself: `swift test` would let one suite wait for the other.
fuzz() {
    local log=$inputs/$1.log
    if .build/release/contextdPackageTests.xctest --testing-library swift-testing --filter "$1" >"$log" 2>&1; then
        grep -aE '^fuzz: ' "$log" || { say "$1 ran no fuzz tests; check the name of the suite"; return 1; }
        say "$1 passed in ${SECONDS} s"
        return 0
    fi
    grep -aE '^fuzz: |✘|Fatal error|crashed|unexpected signal' "$log" | cut -c1-500 | head -n 50 || true
    say "$1 failed. Seed $CONTEXTD_FUZZ_SEED; the log is $log"
    return 1
}

suites=(${1:-SnapshotFuzzTests ExtractFuzzTests SafetensorsFuzzTests MCPFuzzTests BodyFuzzTests JSONFuzzTests})
say "${suites[*]}: $CONTEXTD_FUZZ_INPUTS inputs for each parser, seed $CONTEXTD_FUZZ_SEED"
SECONDS=0
running=0
failures=0
for suite in "${suites[@]}"; do
    fuzz "$suite" &
    running=$((running + 1))
    [ "$running" -lt "$(nproc)" ] && continue
    wait -n || failures=$((failures + 1))
    running=$((running - 1))
done
for ((; running > 0; running--)); do wait -n || failures=$((failures + 1)); done

for input in "$inputs"/*.input; do
    [ -e "$input" ] || continue
    mkdir -p "$inputs/failed"
    mv "$input" "$inputs/failed/$(basename "$input" .input).$CONTEXTD_FUZZ_SEED"
    say "Kept the failing input: $inputs/failed/$(basename "$input" .input).$CONTEXTD_FUZZ_SEED (8 bytes with the length, then the input)"
done
[ "$failures" -eq 0 ] || fail "$failures suites failed"
say "No input of seed $CONTEXTD_FUZZ_SEED crashed a parser or failed a check"
