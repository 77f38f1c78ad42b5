"""Uploads: declared types, byte order marks, odd ids and NDJSON, files that were cut, concurrent uploads."""

import concurrent.futures
import json

import quiet
from harness import add, quoted, row

BOM = b"\xef\xbb\xbf"

# Declared types

TYPES = "17 upload-types"


def uploaded(name, file, media_type, data, holds=None):
    """Registers a row: a form with the file gets 200 and the text is kept; with `holds`, it is true of the status instead."""
    def check(world):
        client = world.tenant("types")
        answer = client.form(name, file, media_type, data)
        if holds:
            return holds(answer.status), str(answer)
        text = client.content(name)
        return answer.status == 200 and text is not None and data.strip() == text.strip(), str(answer) if answer.status != 200 else repr(text)
    add(TYPES, name, check)


def refused(status):
    return status in (400, 415, 422)


CSV = "name,price\nkettle,12\nlamp,30\n"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489") + bytes(range(256))
uploaded("csv-excel", "a.csv", "application/vnd.ms-excel", CSV)
uploaded("csv-x", "a.csv", "application/x-csv", CSV)
uploaded("shell", "a.sh", "application/x-shellscript", "#!/bin/sh\necho kettle\n")
uploaded("ts-video", "a.ts", "video/mp2t", "export const kettle: number = 12;\n")
uploaded("php", "a.php", "application/x-httpd-php", "<?php\necho 'kettle';\n")
uploaded("lua", "a.lua", "application/x-lua", "local kettle = 12\nprint(kettle)\n")
uploaded("jsonlines", "a.jsonl", "application/x-jsonlines", '{"a":1}\n{"a":2}\n')
uploaded("log", "a.log", "application/x-log", "2026-01-02 10:00:00 kettle started\n")
uploaded("org", "a.org", "application/vnd.lotus-organizer", "* Kettle\nBoil the water.\n")
uploaded("octet-py", "a.py", "application/octet-stream", "def kettle():\n    return 12\n")
uploaded("control-csv", "a.csv", "text/csv", CSV)
uploaded("binary-octet", "a.bin", "application/octet-stream", bytes(range(256)) * 8, refused)
uploaded("binary-png", "a.png", "image/png", PNG, refused)
uploaded("sibling-perl", "a.pl", "application/x-perl", "my $kettle = 12;\nprint $kettle;\n")
uploaded("sibling-sql", "a.sql", "application/sql", "SELECT kettle FROM stock;\n")
uploaded("sibling-rs-declared-font", "a.rs", "application/rls-services+xml", "fn kettle() -> u32 { 12 }\n")
uploaded("sibling-binary-named-csv", "a.csv", "application/vnd.ms-excel", bytes(range(256)) * 8, refused)


def as_it_stands(name, identifier, media_type, text):
    def check(world):
        client = world.tenant("types")
        answer = client.put(identifier, text, media_type)
        seen = client.content(identifier)
        return answer.status == 200 and seen is not None and seen.rstrip("\n") == text.rstrip("\n"), str(answer) if answer.status != 200 else repr(seen)
    add(TYPES, name, check)


as_it_stands("curl-default", "notes.txt", "application/x-www-form-urlencoded", "Kettle & lamp = 42%\nsecond+line\n")
as_it_stands("sibling-curl-default-md", "notes.md", "application/x-www-form-urlencoded", "Kettle & lamp = 42%\n\nsecond+line%20here\n")


# U+FEFF before JSON

MARK = "18 json-bom"
TWO = [json.dumps({"id": "a", "text": "The kettle is on."}), json.dumps({"id": "b", "text": "The lid is off."})]


def imported(kind, name, body, processed, failed, text=None):
    """Registers a row on the counts of an import, and on one document's text if given."""
    def check(world):
        client = world.tenant(f"{kind}-{name}")
        answer = client.imported(body)
        last = answer.lines[-1] if answer.status == 200 else {}
        holds = last.get("done") is True and (last["processed"], last["failed"]) == (processed, failed)
        if text:
            seen = client.content(text[0])
            return holds and seen == text[1], f"{answer} {seen!r}"
        return holds, str(answer)
    add(kind, name, check)


imported(MARK, "import", BOM + "\n".join(TWO).encode() + b"\n", 2, 0)
imported(MARK, "import-crlf", BOM + ("\r\n" + "\r\n".join(TWO) + "\r\n").encode(), 2, 0)
imported(MARK, "sibling-import-one-line", BOM + TWO[0].encode(), 1, 0)


@row(MARK, "search")
def search_with_mark(world):
    client = world.tenant("mark")
    answer = client.request("POST", "/v1/search", BOM + b'{"query":"kettle"}', {"Content-Type": "application/json"})
    return answer.status == 200, str(answer)


@row(MARK, "sibling-document")
def document_with_mark(world):
    client = world.tenant("mark")
    answer = client.request("POST", "/v1/documents?wait=true", BOM + TWO[0].encode(), {"Content-Type": "application/json; charset=utf-8"})
    return answer.status == 200 and client.content("a") == "The kettle is on.", str(answer)


@row(MARK, "sibling-chat")
def chat_with_mark(world):
    body = BOM + b'{"model":"extractive","messages":[{"role":"user","content":"Is the kettle on?"}]}'
    answer = world.tenant("mark").request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json"})
    return answer.status == 200, str(answer)


imported("37 nul", "import", json.dumps({"id": "a", "text": "The ket\u0000tle."}) + "\n" + TWO[1], 1, 1)
imported("37 nul", "sibling-raw-byte", b'{"id":"a","text":"The ket\x00tle."}\n' + TWO[1].encode(), 1, 1)
imported("37 nul", "sibling-in-id", json.dumps({"id": "a\u0000b", "text": "The kettle."}) + "\n" + TWO[1], 1, 1)

LATER = json.dumps({"id": "a", "text": "The kettle is off now."})
imported("38 ndjson", "blank-crlf", f"{TWO[0]}\r\n\r\n\r\n{LATER}", 2, 0, ("a", "The kettle is off now."))
imported("38 ndjson", "sibling-spaces-tabs", f"  {TWO[0]}\t\n \t \n{TWO[1]}  \n", 2, 0, ("b", "The lid is off."))
imported("38 ndjson", "sibling-separators-in-text", json.dumps({"id": "a", "text": "One\u2028two\u2029three\u0085four"}, ensure_ascii=False).encode() + b"\n" + TWO[1].encode(), 2, 0)


# Ids with a mark

IDS = "27 bom-id"


def twins(world, name, first, second):
    client = world.tenant(f"ids-{name}")
    for identifier, text in ((first, "The text with the mark."), (second, "The other text.")):
        answer = client.post({"id": identifier, "text": text})
        if answer.status != 200 or answer.json["id"] != identifier:
            raise RuntimeError(str(answer))
    return client


def own_text(name, first, second):
    def check(world):
        client = twins(world, name, first, second)
        seen = client.content(first), client.content(second)
        return seen == ("The text with the mark.", "The other text."), seen
    add(IDS, name, check)


def deletes(name, first, second):
    def check(world):
        client = twins(world, name, first, second)
        status = client.request("DELETE", f"/v1/documents/{quoted(first)}").status
        listed = [document["id"] for document in client.get("/v1/documents").json["data"]]
        return status == 204 and listed == [second], f"{status}, left {ascii(listed)}"
    add(IDS, name, check)


own_text("content", "\ufeffbom", "bom")
deletes("delete", "\ufeffbom", "bom")
own_text("two-marks", "\ufeff\ufeffbom", "\ufeffbom")
deletes("middle", "bo\ufeffm", "bom")
own_text("sibling-at-end", "bom\ufeff", "bom")
deletes("sibling-slash", "\ufeffnotes/bom.md", "notes/bom.md")


@row(IDS, "get")
def get_with_mark(world):
    client = twins(world, "get", "\ufeffbom", "bom")
    seen = client.document("\ufeffbom").get("id")
    return seen == "\ufeffbom", ascii(seen)


@row(IDS, "sibling-put-by-path")
def put_with_mark(world):
    client = world.tenant("ids-put")
    client.put("bom", "The other text.", "text/plain")
    client.put("\ufeffbom", "The text with the mark.", "text/plain")
    listed = [document["id"] for document in client.get("/v1/documents").json["data"]]
    seen = client.content("\ufeffbom"), client.content("bom")
    return listed == ["bom", "\ufeffbom"] and seen == ("The text with the mark.", "The other text."), f"{ascii(listed)} {seen}"


# File names in forms

def named(name, filename, wanted):
    def check(world):
        client = world.tenant("filenames")
        answer = client.form(name, filename, "application/octet-stream", "# Насос\n\nText of the pump.\n")
        document = client.document(name)
        return answer.status == 200 and document.get("media_type") == wanted, f"{answer.status} {document.get('media_type')} {document.get('title')!r}"
    add("39 filename", name, check)


named("utf8", "насос 手册.md", "text/markdown")
named("sibling-dots", "v1.2 – résumé.final.MD", "text/markdown")
named("sibling-emoji", "🔧 notes.markdown", "text/markdown")


# Uploads at once

def at_once(name, count, send):
    def check(world):
        client = world.tenant(f"49-{name}")
        client.load(quiet.documents()[:3])
        words = [f"zq{chr(97 + n // 8)}{chr(97 + n % 8)}kettle" for n in range(count)]
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            statuses = list(pool.map(lambda word: send(client, word).status, words))
        found = [word for word in words if any(hit["document_id"] == "same" for hit in client.search(word, mode="lexical"))]
        text = client.content("same")
        holds = all(status < 500 for status in statuses) and len(found) == 1 and text is not None and found[0] in text
        return holds, f"statuses {sorted(set(statuses))}, found {found}"
    add("49 reupload", name, check)


at_once("sixteen", 16, lambda client, word: client.put("same", f"The {word} is here.", "text/plain"))
at_once("sibling-twelve-posts", 12, lambda client, word: client.post({"id": "same", "text": f"The {word} is here."}))
at_once("sibling-eight-forms", 8, lambda client, word: client.form("same", "same.md", "text/markdown", f"# Title\n\nThe {word} is here.\n"))


# Files that end inside a character

CUT = "57 cut-last-character"


def cut(name, text, missing, send):
    """Registers a row: the file lacks the last `missing` bytes of its last character."""
    def check(world):
        client = world.tenant("cut")
        data = text.encode()
        answer = send(client, name, data[:-missing] if missing else data)
        if answer.status == 422:
            return missing > 0 and bool(answer.json.get("detail")), str(answer)
        whole = text if not missing else text[:-1]
        seen = client.content(name)
        return answer.status == 200 and seen is not None and seen.rstrip("\ufffd").strip() == whole.strip() and (missing > 0 or "\ufffd" not in seen), f"{answer.status} {seen!r}"
    add(CUT, name, check)


def put_plain(client, name, data):
    return client.put(f"{name}", data, "text/plain")


def put_csv(client, name, data):
    return client.put(name, data, "text/csv")


def put_markdown(client, name, data):
    return client.put(name, data, "text/markdown")


def send_form(client, name, data):
    return client.form(name, f"{name}.txt", "application/octet-stream", data)


cut("two-bytes", "Die Tür öffnet sich, über dem Fluß liegt das Café", 1, put_plain)
cut("three-bytes", "港の船が朝に出る。灯台の光が見える", 1, put_plain)
cut("csv", "name,ort\nMüller,Köln\nBäcker,Liné", 1, put_csv)
cut("multipart", "Die Tür öffnet sich, über dem Fluß liegt das Café", 1, send_form)
cut("ascii-accent", "The harbour office closes at noon, and so does the café", 1, put_plain)
cut("ascii-emoji", "The harbour office closes at noon and the ferry leaves \U0001f6a2", 1, put_plain)
cut("ascii-cjk", "The harbour office has a new sign that reads 港", 1, put_plain)
cut("whole", "Die Tür öffnet sich, über dem Fluß liegt das Café", 0, put_plain)
cut("sibling-cyrillic", "Кошка спит у окна, а дождь идёт весь день", 1, put_plain)
cut("sibling-emoji-three-missing", "Der Dampfer fährt um zehn \U0001f6a2", 3, put_markdown)
cut("sibling-ascii-form", "The sign over the door of the harbour office reads ñ", 1, send_form)
cut("sibling-ascii-csv", "name,place\nkettle,shelf\nlamp,cafe\nsign,港", 2, put_csv)
