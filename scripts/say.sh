# Sourced. Steps speak on stderr with one mark, so that they stand out from the tools they run.

say() { printf '==> %s\n' "$*" >&2; }

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}
