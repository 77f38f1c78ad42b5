#!/usr/bin/env python3
"""Attacks on a running contextd, one function each. `attacks.py [NAME…]` prints a line per check and exits with 1 if an attack succeeded.

Every server listens on loopback, uses a scratch folder, and ends with its attack. Needs only Python's standard library.
"""

import sys
import time
import traceback

import attacks_bytes
import attacks_connections
import attacks_data
import attacks_http
import attacks_text

MODULES = [attacks_bytes, attacks_connections, attacks_data, attacks_http, attacks_text]


def all_attacks():
    for module in MODULES:
        for name in sorted(vars(module)):
            if name.startswith("attack_"):
                yield f"{module.__name__.removeprefix('attacks_')}.{name.removeprefix('attack_')}", getattr(module, name)


def main(names):
    failed = total = 0
    for name, attack in all_attacks():
        if names and not any(name.startswith(wanted) for wanted in names):
            continue
        begun = time.monotonic()
        try:
            rows = list(attack())
        except Exception as error:  # an attack that raises an error counts as failed
            traceback.print_exc()
            rows = [("ran to its end", False, repr(error)[:300])]
        for what, holds, printed in rows:
            total += 1
            failed += not holds
            print(f"{'ok  ' if holds else 'FAIL'} {name}: {what}: {printed}", flush=True)
        print(f"     {name}: {time.monotonic() - begun:.1f} s", flush=True)
    print(f"{total - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
