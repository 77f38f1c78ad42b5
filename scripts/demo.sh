#!/usr/bin/env bash
# demo.sh [--serve]: tenant `demo` with the documents of Examples/Documents, one search, a key; with --serve then the server.
# Run it as often as you like: unchanged documents are not embedded again, and the key is kept in the data folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/say.sh

contextd=.build/release/contextd
tenant=demo
question="How long does the reserve battery keep the lamp burning?"
export CONTEXTD_DATA_DIR=${CONTEXTD_DATA_DIR:-./data}
export CONTEXTD_MODEL_DIR=${CONTEXTD_MODEL_DIR:-$PWD/models/all-MiniLM-L6-v2}
export CONTEXTD_LISTEN=${CONTEXTD_LISTEN:-127.0.0.1:8080}
key_file=$CONTEXTD_DATA_DIR/demo.key

# lists FIELD VALUE: is there an entry on stdin (JSON: a list, or an object that holds one) with this value, not revoked?
lists() {
    python3 -c '
import json, sys

field, value = sys.argv[1:]
answer = json.load(sys.stdin)
if isinstance(answer, dict):
    answer = next((part for part in answer.values() if isinstance(part, list)), [])
live = (entry for entry in answer if not entry.get("revoked") and not entry.get("revoked_at"))
sys.exit(not any(entry.get(field) == value for entry in live))' "$1" "$2"
}

# field NAME: that member of the JSON object on stdin.
field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

create_tenant() {
    local tenants
    tenants=$("$contextd" tenant list --json)
    if lists id "$tenant" <<<"$tenants"; then
        say "Tenant $tenant already exists"
    else
        say "Creating tenant $tenant"
        "$contextd" tenant create "$tenant" --name "Example documents" >&2
    fi
}

# Prints the demo key: the one in the data folder while the catalog still knows it, else a new one.
demo_key() {
    local key="" keys created
    keys=$("$contextd" key list --tenant "$tenant" --json)
    if [ -r "$key_file" ]; then key=$(<"$key_file"); fi
    # ctx_<key id>_<secret>
    local id=${key#ctx_}
    if [ -n "$key" ] && lists key_id "${id%%_*}" <<<"$keys"; then
        printf '%s\n' "$key"
        return 0
    fi
    say "Creating a key for tenant $tenant, kept in $key_file"
    created=$("$contextd" key create --tenant "$tenant" --name demo --json)
    key=$(field key <<<"$created")
    (umask 077 && printf '%s\n' "$key" >"$key_file")
    printf '%s\n' "$key"
}

# Where a client on this machine reaches a server that listens everywhere.
base_url() {
    local host=${CONTEXTD_LISTEN%:*} port=${CONTEXTD_LISTEN##*:}
    case $host in "" | 0.0.0.0 | "[::]" | "*") host=127.0.0.1 ;; esac
    printf 'http://%s:%s\n' "$host" "$port"
}

show_access() {
    local url=$1 key=$2
    cat <<TEXT

MCP endpoint   $url/mcp
Key            $key        (send it as: Authorization: Bearer KEY)

Search over HTTP:
  curl -s $url/v1/search -H 'Authorization: Bearer $key' -H 'Content-Type: application/json' -d '{"query":"$question","limit":3}'

TEXT
}

create_tenant

say "Ingesting Examples/Documents into tenant $tenant"
"$contextd" ingest Examples/Documents --tenant "$tenant"

say "Searching: $question"
"$contextd" search "$question" --tenant "$tenant" --limit 3

key=$(demo_key)
show_access "$(base_url)" "$key"

if [ "${1:-}" = --serve ]; then
    say "Serving on $CONTEXTD_LISTEN; stop with Ctrl-C"
    exec "$contextd" serve --listen "$CONTEXTD_LISTEN"
fi
say "Done. 'make run' does the same and then serves."
