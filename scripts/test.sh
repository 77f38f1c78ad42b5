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

# Many tests start servers. All at once they would wait for the machine and not for each other, and time-outs would measure that.
bounded=(--experimental-maximum-parallelization-width 4)
swift test --help-hidden 2>/dev/null | grep -q -- "${bounded[0]}" || bounded=()
minutes=${CONTEXTD_TEST_MINUTES:-25}
log=$(mktemp)
failures=$(mktemp)
trap 'rm -f "$log" "$failures"' EXIT

# Ends a process and all that it started: the tests are in a process group of their own, and so are the servers that they start.
end_tree() {
    local child
    for child in $(pgrep -P "$1"); do end_tree "$child"; done
    kill -KILL "$1" 2>/dev/null || true
}

note_failures() {
    grep -aE "✘|Fatal error|crashed|unexpected signal" "$log" | cut -c1-2000 | head -n 200 >>"$failures" || true
}

# Tests end in any order, thousands of lines before the last one; what failed in either run is said at the very end.
tell_failures() {
    say "What failed"
    cat "$failures"
    say "In short"
    grep -aoE '[A-Za-z]+\.swift:[0-9]+|^  [A-Za-z_0-9]+\(.*\)$|Fatal error.{0,200}|unexpected signal.{0,80}' "$failures" | sort | uniq -c | head -n 20 || true
}

tell_unfinished() {
    say "Not ended after $minutes minutes (CONTEXTD_TEST_MINUTES), of the tests that began"
    awk '/^◇ Test [A-Za-z_0-9]+\(/ { began[$3] = 1 } /^[✔✘] Test [A-Za-z_0-9]+\(.*(passed|failed) after/ { delete began[$3] }
        END { for (name in began) print "  " name }' "$log" | sort | head -n 100
}

# There are no XCTest cases; without --disable-xctest the run ends with a line about 0 of them.
run() {
    local tests code=0 deadline=$((SECONDS + 60 * minutes))
    swift test --configuration release --skip-build --disable-xctest ${bounded[@]+"${bounded[@]}"} "$@" > >(tee "$log") 2>&1 &
    tests=$!
    trap 'end_tree "$tests"; exit 130' INT TERM
    while kill -0 "$tests" 2>/dev/null && [ "$SECONDS" -lt "$deadline" ]; do sleep 0.5; done
    if kill -0 "$tests" 2>/dev/null; then
        end_tree "$tests"
        note_failures
        tell_unfinished | tee -a "$failures" || true
        return 1
    fi
    wait "$tests" || code=$?
    trap - INT TERM
    [ "$code" -eq 0 ] || note_failures
    return "$code"
}

if [ "$#" -gt 0 ]; then
    say "Running the tests"
    run "$@" || { code=$?; tell_failures; exit "$code"; }
    exit
fi
# Tests that compute keep every core busy for seconds at a time; beside them, the time-outs of the others would measure that too.
computing='^(ByteText|Caching|Catalog|Citing|Embeddings|Extraction|Index|Ingest|JSON|Kernels|Memory|Repository|Tenancy)Tests\.'
code=0
say "Running the tests that compute"
run --filter "$computing" || code=$?
say "Running the other tests: servers, providers, clients"
run --skip "$computing" || code=$?
[ "$code" -eq 0 ] || tell_failures
exit "$code"
