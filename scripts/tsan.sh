#!/usr/bin/env bash
# tsan.sh [FILTER]: tests under the thread sanitizer, by default the index's and retrieval's. Builds everything anew into
# .build-tsan the first time: some ten minutes on two cores. Tests that have a signal's handler jump are left out: the sanitizer
# delivers signals its own way.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/say.sh
source scripts/toolchain.sh

require_swift
scratch=.build-tsan
export CONTEXTD_SHARED_RUNTIME=1
swift build --configuration release --sanitize=thread --build-tests --scratch-path "$scratch" || fail "the tests did not build under the thread sanitizer."
clang=$(dirname "$(command -v swift)")/clang
"$clang" -shared -fPIC -O1 scripts/tsan-mutex.c -o "$scratch/tsan-mutex.so" -ldl

log=$scratch/tsan.log
say "Running ${1:-IndexTests|RetrievalTests} under the thread sanitizer"
code=0
LD_PRELOAD=$PWD/$scratch/tsan-mutex.so "$scratch"/release/contextdPackageTests.xctest --testing-library swift-testing \
    --experimental-maximum-parallelization-width 4 --filter "${1:-IndexTests|RetrievalTests}" --skip 'rowsCutOff|aDamagedRowFile' >"$log" 2>&1 || code=$?
grep -E '^SUMMARY|✘|Test run' "$log" | sort | uniq -c || true
[ "$code" -eq 0 ] || fail "the tests failed with status $code; their full output is in $log"
