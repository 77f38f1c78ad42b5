"""Checks of a client script: each prints one line, and the first failure ends the script with status 1."""

import json
import pathlib


class CheckFailed(Exception):
    pass


def check(name, holds, seen=None):
    """Prints `ok  NAME`, or ends the run and shows the actual value."""
    if not holds:
        shown = seen if isinstance(seen, str) else repr(seen)
        raise CheckFailed(f"{name}: {shown[:800]}" if seen is not None else name)
    print(f"ok  {name}", flush=True)


def equal(name, seen, want):
    check(name, seen == want, f"got {seen!r}, want {want!r}")


def leaves(error):
    """Returns the exceptions inside an exception group, or the exception itself."""
    inner = getattr(error, "exceptions", None)
    return [leaf for part in inner for leaf in leaves(part)] if inner else [error]


def finish(run):
    """Runs a script's body and returns its exit status."""
    try:
        run()
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        for leaf in leaves(error):
            kind = "" if isinstance(leaf, CheckFailed) else f"{type(leaf).__name__}: "
            print(f"FAILED  {kind}{leaf}", flush=True)
        return 1
    print("all checks passed", flush=True)
    return 0


def corpus():
    """Returns the documents that the test imported before it started the client, in order."""
    path = pathlib.Path(__file__).with_name("corpus.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
