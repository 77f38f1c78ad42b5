"""Metadata and filters: large integers, canonical forms, missing keys, types."""

import json
import re

from harness import add

OPERATORS = ("eq", "ne", "gt", "gte", "lt", "lte", "in", "nin")


def filtered(client, key, op, value):
    """Returns the ids that the filter lets through; None if it is refused with 400. `value` may be the text of a number."""
    number = isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value)
    written = value if number else json.dumps(value)
    body = '{"query":"kettle","mode":"dense","limit":50,"filter":{"key":%s,"op":"%s","value":%s}}' % (json.dumps(key), op, written)
    answer = client.request("POST", "/v1/search", body, {"Content-Type": "application/json"})
    if answer.status == 400:
        return None
    if answer.status != 200:
        raise RuntimeError(str(answer))
    return sorted(hit["document_id"] for hit in answer.json["results"])


def stored(client, identifier, metadata):
    """Uploads a document whose metadata is given as JSON text; returns whether it was taken, or refused with 400."""
    answer = client.request("POST", "/v1/documents?wait=true", '{"id":%s,"text":"The kettle of %s is here.","metadata":%s}' % (json.dumps(identifier), identifier, metadata),
                            {"Content-Type": "application/json"})
    if answer.status not in (200, 400):
        raise RuntimeError(str(answer))
    return answer.status == 200


BIG = "21 big-integers"


def digits(name, number, listed=False):
    def check(world):
        client = world.tenant("big")
        value = f"[1,{number}]" if listed else number
        if not stored(client, name, '{"h":%s}' % value):
            return True, "refused with 400"
        text = client.get(f"/v1/documents/{name}").text
        seen = re.search(r'"metadata":(\{[^}]*\})', text)
        return seen is not None and re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.eE])", seen[1]) is not None, seen[1] if seen else text
    add(BIG, name, check)


digits("hash", "11679230632388718523")
digits("two-63", "9223372036854775808")
digits("thirty-digits", "123456789012345678901234567891")
digits("max-i64", "9223372036854775807")
digits("sibling-max-u64", "18446744073709551615")
digits("sibling-below-min", "-9223372036854775809")
digits("sibling-in-list", "17293822569102704641", listed=True)


def big_filter(name, op, value, wanted, first="11679230632388718523", second="11679230632388718000"):
    def check(world):
        client = world.tenant(f"big-{name}")
        taken = [stored(client, "first", '{"h":%s}' % first), stored(client, "second", '{"h":%s}' % second), stored(client, "small", '{"h":5}')]
        seen = filtered(client, "h", op, value)
        if name == "small-unharmed":
            return seen == wanted, seen
        return seen is None or not all(taken) or seen == wanted, f"taken {taken}, {op} {value}: {seen}"
    add(BIG, name, check)


big_filter("eq", "eq", "11679230632388718523", ["first"])
big_filter("gt", "gt", "11679230632388718000", ["first"])
big_filter("small-unharmed", "lt", "6", ["small"])
big_filter("sibling-lte", "lte", "11679230632388718000", ["second", "small"])
big_filter("sibling-ne", "ne", "11679230632388718523", ["second", "small"])
big_filter("sibling-gt-max-i64", "gt", "9223372036854775807", ["first"], "9223372036854775809", "9223372036854775807")


# Canonical forms

CANONICAL = "28 filter-canonical"


def holding(world, name, kept, value, operators):
    client = world.tenant(f"canonical-{name}")
    stored(client, "one", json.dumps({"k": kept}))
    return {op: filtered(client, "k", op, [value] if op in ("in", "nin") else value) == ["one"] for op in operators}


def canonical(name, kept, value, holds, operators=OPERATORS):
    def check(world):
        seen = holding(world, name, kept, value, operators)
        return holds(seen), ", ".join(op for op, true in seen.items() if true)
    add(CANONICAL, name, check)


def agrees(seen):
    """All eight operators describe one order: exactly one of less, equal and greater."""
    return (seen["eq"] + seen["lt"] + seen["gt"] == 1 and seen["ne"] != seen["eq"] and seen["in"] == seen["eq"] and seen["nin"] != seen["eq"]
            and seen["gte"] == (seen["gt"] or seen["eq"]) and seen["lte"] == (seen["lt"] or seen["eq"]))


NFC, NFD = "caf\u00e9", "cafe\u0301"
canonical("eq-gte-lte", NFD, NFC, lambda seen: seen["eq"] and seen["gte"] and seen["lte"])
canonical("eq-not-lt", NFD, NFC, lambda seen: seen["eq"] and not seen["lt"] and not seen["gt"])
canonical("reverse", "\u00e9", "e\u0301", agrees)
canonical("eq-in-ne", NFD, NFC, lambda seen: seen["in"] == seen["eq"] and seen["ne"] != seen["eq"] and seen["nin"] != seen["eq"])
canonical("sibling-angstrom", "\u212b", "\u00c5", agrees)
canonical("sibling-hangul", "\u1112\u1161\u11ab", "\ud55c", agrees)
canonical("sibling-two-marks", "o\u0323\u0302x", "\u1ed9x", agrees)
canonical("sibling-longer-is-greater", "cafe\u0301s", NFC, lambda seen: agrees(seen) and seen["gt"])


# Missing keys, numbers, types

def passing(kind, name, documents, op, value, wanted):
    def check(world):
        client = world.tenant(f"{kind}-{name}")
        for identifier, metadata in documents.items():
            if not stored(client, identifier, metadata):
                return False, f"{identifier} refused"
        seen = filtered(client, "k", op, value)
        return seen == wanted, seen
    add(kind, name, check)


MISSING = {"a": '{"k":"red"}', "e": '{"k":[]}', "m": '{"other":1}', "z": '{"k":null}'}
passing("31 ne-missing", "ne", MISSING, "ne", "red", ["e", "m", "z"])
passing("31 ne-missing", "sibling-nin", MISSING, "nin", ["red", "blue"], ["e", "m", "z"])
passing("31 ne-missing", "sibling-gte", MISSING, "gte", "", ["a"])
passing("32 int-float", "eq-42", {"f": '{"k":42.0}', "g": '{"k":42.5}', "s": '{"k":"42"}'}, "eq", "42", ["f"])
passing("32 int-float", "gt-two-53", {"a": '{"k":9007199254740992}', "b": '{"k":9007199254740993}'}, "gt", "9007199254740992", ["b"])
passing("32 int-float", "sibling-lt-float", {"a": '{"k":3}', "b": '{"k":2.9999}', "c": '{"k":4e0}'}, "lt", "3.0", ["b"])
passing("32 int-float", "sibling-negative-zero", {"a": '{"k":-0.0}', "b": '{"k":0}', "c": '{"k":1e-9}'}, "eq", "0", ["a", "b"])


def kept(name, metadata):
    def check(world):
        client = world.tenant("33-types")
        answer = client.post({"id": name, "text": "The kettle is here.", "metadata": metadata})
        seen = client.document(name).get("metadata")
        return answer.status == 200 and seen == metadata, seen if answer.status == 200 else str(answer)
    add("33 metadata-types", name, check)


kept("mixed", {"none": None, "nested": {"a": {"b": [1, {"c": False}]}}, "list": [1, "two", 3.5, True, None, [4]], "": "empty key"})
kept("sibling-unicode-keys", {"Größe": 1, "サイズ": [2], "a.b": {"c d": 3}})
kept("sibling-numbers", {"small": 1e-12, "large": 1.5e300, "negative": -0.25, "whole": -9007199254740993})
