#!/usr/bin/env bash
# test-openapi.sh: generates clients from the OpenAPI document and uses them against a server, then lets schemathesis look for differences
# between document and server. Downloads 200 MB from PyPI at first, needs Java 11 or later, and takes about ten minutes on two cores.
# CONTEXTD_SCHEMATHESIS_EXAMPLES (20) is the number of random requests for each operation.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/say.sh
source scripts/python.sh

command -v java >/dev/null || { say "Skipped the generated clients and schemathesis: openapi-generator needs Java (default-jre-headless)"; exit 0; }
mkdir -p .venv-test
make_environment .venv-test/openapi Tests/Clients/requirements-openapi.txt
export CONTEXTD_MODEL_DIR=${CONTEXTD_MODEL_DIR:-$PWD/models/all-MiniLM-L6-v2}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/contextd-openapi.XXXXXX")
contextd=.build/release/contextd
"$contextd" tenant create openapi --data-dir "$scratch/data" >/dev/null
key=$("$contextd" key create --tenant openapi --json --data-dir "$scratch/data" | sed -E 's/.*"key":"([^"]+)".*/\1/')
"$contextd" serve --data-dir "$scratch/data" --listen 127.0.0.1:0 --json --log-level error --request-timeout 600 \
    >"$scratch/serving" & # 2,048 texts are embedded within the deadline on a busy machine too
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$scratch"' EXIT
for ((waited = 0; waited < 600; waited++)); do
    port=$(sed -nE 's/.*"port":([0-9]+).*/\1/p' "$scratch/serving")
    [ -n "$port" ] && break
    kill -0 "$server" 2>/dev/null || fail "the server did not start"
    sleep 0.1
done
[ -n "$port" ] || fail "the server did not start within a minute"
url=http://127.0.0.1:$port

say "Clients of openapi-generator and openapi-python-client"
.venv-test/openapi/bin/python Tests/Clients/openapi_clients.py --url "$url" --key "$key" --out "$scratch/clients" ||
    fail "a generated client failed; the line above says which"

say "schemathesis: all checks on all operations (Tests/Clients/schemathesis.toml)"
PYTHONPATH=Tests/Clients .venv-test/openapi/bin/schemathesis --config-file Tests/Clients/schemathesis.toml run "$url/openapi.json" \
    --header "Authorization: Bearer $key" --max-examples "${CONTEXTD_SCHEMATHESIS_EXAMPLES:-20}" --no-color ||
    fail "schemathesis found differences between document and server"
