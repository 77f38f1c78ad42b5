# Sourced, after say.sh. Puts a usable Swift first in PATH, or ends with a line that says how to get one.

# One configuration for users, tests and benchmarks. Without the second flag the program would load libraries that lie beside it.
build_flags=(--configuration release --disable-local-rpath)

# sudo resets PATH, so the usual places are looked at too.
find_swift() {
    command -v swift >/dev/null 2>&1 && return 0
    local folder
    for folder in /opt/swift/usr/bin /opt/swift/bin /usr/share/swift/usr/bin /usr/local/swift/usr/bin \
        "${SWIFTLY_BIN_DIR:-${HOME:-/root}/.local/share/swiftly/bin}" \
        "${SUDO_USER:+/home/$SUDO_USER/.local/share/swiftly/bin}"; do
        if [ -n "$folder" ] && [ -x "$folder/swift" ]; then
            PATH="$folder:$PATH"
            export PATH
            return 0
        fi
    done
    return 1
}

require_swift() {
    find_swift || fail "Swift was not found. Install Swift 6.3 from https://www.swift.org/install/linux/ and put its usr/bin in PATH, then run this again."
    local banner version major minor
    banner=$(swift --version 2>&1) ||
        fail "swift does not start ($(head -n 1 <<<"$banner")). Install Swift 6.3 and the packages it names: https://www.swift.org/install/linux/"
    version=$(sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' <<<"$banner" | head -n 1)
    [ -n "$version" ] || fail "cannot determine the version of $(command -v swift). contextd needs Swift 6.3: https://www.swift.org/install/linux/"
    major=${version%%.*} minor=${version#*.}
    if [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 2 ]; }; then
        fail "Swift $version is too old: contextd needs 6.3 (at least 6.2). Get it from https://www.swift.org/install/linux/"
    fi
    if [ "$major" -eq 6 ] && [ "$minor" -lt 3 ]; then
        say "Swift $version: contextd is developed and tested with 6.3; continuing."
    else
        say "Swift $version: $(command -v swift)"
    fi
}
