#!/usr/bin/env bash
# The official clients that tests run against contextd, each in its own environment: both MCP clients are named `mcp`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/say.sh
source scripts/python.sh

mkdir -p .venv-test
for client in mcp1 mcp2 openai langchain websocket; do
    make_environment ".venv-test/$client" "Tests/Clients/requirements-$client.txt"
done
