# Sourced, after say.sh. Python environments for what comes from PyPI: the model's wheel and the test clients.

# The first Python from 3.10 on that can make a virtual environment (Debian's own cannot without python3-venv).
find_python() {
    local candidate
    for candidate in ${PYTHON:+"$PYTHON"} python3 /usr/bin/python3; do
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    return 1
}

# make_environment FOLDER REQUIREMENTS: an environment with exactly these pins. Kept while the file is unchanged; the
# copy of the file inside is written last, so that an interrupted installation is done again.
make_environment() {
    local folder=$1 requirements=$2 python
    if cmp -s "$requirements" "$folder/requirements.txt" && "$folder/bin/python" -c '' >/dev/null 2>&1; then
        say "$folder: up to date"
        return 0
    fi
    python=$(find_python) || fail "found no Python 3.10 or later that can create a virtual environment. Install python3 and python3-venv."
    say "$folder: installing $(basename "$requirements") with pip"
    rm -rf "$folder"
    "$python" -m venv "$folder" || fail "$python could not create the virtual environment $folder."
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --retries 2 \
        --requirement "$requirements" ||
        fail "pip could not install $requirements (pip's message is above). Connect to PyPI, or set PIP_INDEX_URL to a mirror, and run this again."
    cp "$requirements" "$folder/requirements.txt"
}
