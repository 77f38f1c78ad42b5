#!/usr/bin/env bash
# build.sh PRODUCT…: release builds of these products, into .build/release.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/say.sh
source scripts/toolchain.sh

require_swift
for product in "$@"; do
    if [ -x ".build/release/$product" ]; then
        say "Building $product (release)"
    else
        say "Building $product (release). The first build takes 4 to 10 minutes on two cores; its steps are counted below."
    fi
    swift build "${build_flags[@]}" --product "$product" >&2 ||
        fail "$product did not build; the first error above says why. (No network? Swift fetches the packages of Package.swift from github.com once.)"
done
