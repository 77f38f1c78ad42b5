# Every target can be run on its own, any number of times: each step says what it does and skips what is there.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup model pdfium build run demo test test-long bench soak format clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## check Swift, install the Debian packages that are missing, fetch the embedding model and PDFium
	@scripts/setup.sh

model: ## fetch and check the embedding model only
	@scripts/model.sh

pdfium: ## fetch and check PDFium only, the library that reads PDF
	@scripts/pdfium.sh

build: ## build .build/release/contextd
	@scripts/packages.sh
	@scripts/build.sh contextd

run: setup ## set up, build, ingest Examples/Documents, show a search and a key, then serve on 127.0.0.1:8080
	@scripts/build.sh contextd
	@exec scripts/demo.sh --serve

demo: setup ## the same as run, without serving
	@scripts/build.sh contextd
	@scripts/demo.sh

test: setup ## set up, build, run every test
	@scripts/test-clients.sh
	@scripts/test.sh

test-long: setup ## fuzz every parser with a million inputs each; about an hour
	@scripts/test-long.sh

bench: setup ## set up, build, run the benchmarks; writes .build/bench.json
	@scripts/bench.sh

soak: setup ## 20 minutes of hostile load with kills in between (MINUTES=3 for less); prints a table
	@scripts/build.sh contextd
	@CONTEXTD_MODEL_DIR="$${CONTEXTD_MODEL_DIR:-$$PWD/models/all-MiniLM-L6-v2}" python3 scripts/soak.py --minutes $(or $(MINUTES),20)

format: ## rewrite the sources with swift format and, if it is installed, clang-format
	@scripts/format.sh

clean: ## remove build products and Python environments; keeps data/, lib/ and models/
	rm -rf .build .build-tsan .venv .venv-test .venv-bench .venv-litellm .venv-ingest .venv-http
