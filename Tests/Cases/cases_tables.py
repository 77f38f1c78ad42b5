"""Tables longer than a passage in Markdown, CSV and HTML, and JSON records that must not be cut."""

import json
import re

from harness import add

MARKDOWN, CSV, JSON = "03 table-header", "04 csv-header", "05 json-record-cut"
NOUNS = ["valve", "bracket", "hinge", "gasket", "bearing", "spindle", "flange", "nozzle", "washer", "pulley"]
COLOURS = ["amber", "grey", "green", "blue", "white", "black", "brass"]
CITIES = ["Bergen", "Turku", "Gdansk", "Porto", "Cork", "Malmo", "Tartu", "Bremen", "Nantes", "Genoa", "Leith"]


def quantity(number):
    """Returns 24 for 1081, as the rows on answers need."""
    return (number * 7 + 24 - 1081 * 7) % 83 + (0 if (number * 7 + 24 - 1081 * 7) % 83 > 9 else 83)


def records(count, prefix="SKU", first=1000):
    return [(f"{prefix}{n}", f"{COLOURS[n % 7]} {NOUNS[n % 10]}", str(quantity(n)), CITIES[n % 11]) for n in range(first, first + count)]


TITLES = ("Part number", "Description", "Quantity on hand", "Warehouse city")
NAMES = ("part_number", "description", "quantity", "warehouse_city")
THREE = {prefix: [(f"{prefix}1", "amber valve", "17", "Bergen"), (f"{prefix}2", "grey bracket", "31", "Turku"), (f"{prefix}3", "green hinge", "58", "Gdansk")] for prefix in ("SKU", "QX", "HX")}


def pipes(rows, titles=TITLES):
    return "\n".join("| " + " | ".join(row) + " |" for row in [titles, ("---",) * len(titles), *rows]) + "\n"


def separated(rows, separator=",", names=NAMES):
    return "\n".join(separator.join(row) for row in [names, *rows]) + "\n"


def html(rows, grouped=False, titles=TITLES, cell="th"):
    head = "<tr>" + "".join(f"<{cell}>{title}</{cell}>" for title in titles) + "</tr>"
    body = "\n".join("<tr>" + "".join(f"<td>{value}</td>" for value in row) + "</tr>" for row in rows)
    inner = f"<thead>{head}</thead><tbody>{body}</tbody>" if grouped else f"{head}\n{body}"
    return f"<html><body><h1>Stock</h1><table>{inner}</table></body></html>"


def three_sections(count=90):
    parts = [f"## Hall {letter}\n\n{pipes(records(count, f'H{letter}'))}" for letter in "ABC"]
    return "# Stock\n\n" + "\n".join(parts)


def repeated():
    rows = records(300)
    return "# Stock\n\n" + "\n".join(pipes(rows[n:n + 10]) for n in range(0, 300, 10))


def table(kind, name, file, media_type, text, question, numbers, column_number, column):
    """Registers two rows: 18 of 20 questions find their row's passage first; the passage of one row names the column."""
    def loaded(world):
        client = world.tenant(f"{kind}-{name}")
        world.once(f"{kind}-{name}", lambda: client.put(file, text(), media_type))
        return client

    def holds_row(hit, number):
        return re.search(rf"\b{number}\b", hit["text"]) is not None

    def finds(world):
        client, wrong = loaded(world), []
        for number in numbers:
            hits = client.search(question.format(number))
            if not hits or not holds_row(hits[0], number):
                wrong.append(number)
        return len(numbers) - len(wrong) >= 18, f"{len(numbers) - len(wrong)} of {len(numbers)} first; not {wrong[:6]}"

    def names_column(world):
        hits = [hit for hit in loaded(world).search(column_number, mode="lexical", limit=20) if holds_row(hit, column_number)]
        if not hits:
            return False, f"no passage of {column_number} found"
        values = {key: value for key, value in hits[0].items()}
        return column.lower() in json.dumps(values, ensure_ascii=False).lower(), hits[0]["text"][:160]

    add(kind, name, finds)
    add(kind, f"{name}-columns", names_column)


def skus(first=1005, step=14, count=20, prefix="SKU"):
    return [f"{prefix}{first + step * n}" for n in range(count)]


HAND, CITY = "quantity on hand of {}", "which warehouse city keeps {}"
SKUS = [f"SKU{number}" for number in (1062, *range(1006, 1299, 15))][:20]
HALLS = [f"H{'ABC'[n % 3]}{1032 if n == 0 else 1004 + 4 * n}" for n in range(20)]
ON_HAND = "Quantity on hand"

table(MARKDOWN, "pipes", "t.md", "text/markdown", lambda: "# Stock\n\n" + pipes(records(300)), HAND, SKUS, "SKU1272", ON_HAND)
table(MARKDOWN, "sections", "t.md", "text/markdown", three_sections, HAND, HALLS, "HB1072", ON_HAND)
table(MARKDOWN, "control-repeated", "t.md", "text/markdown", repeated, HAND, SKUS, "SKU1272", ON_HAND)
table(MARKDOWN, "sibling-no-outer-pipes", "t.md", "text/markdown",
      lambda: "# Stock\n\n" + "\n".join(" | ".join(row) for row in [TITLES, ("---", ":--", "--:", ":-:"), *records(200)]) + "\n", CITY, skus(1003, 9), "SKU1171", "Warehouse city")
table(MARKDOWN, "sibling-german", "t.md", "text/markdown",
      lambda: "# Lager\n\n" + pipes(records(250, "LN"), ("Teilenummer", "Bezeichnung", "Bestand im Regal", "Lagerort")), "Bestand im Regal von {}", skus(1004, 12, prefix="LN"), "LN1233", "Bestand im Regal")

table(CSV, "csv", "t.csv", "text/csv", lambda: separated(records(300)), HAND, SKUS, "SKU1272", "quantity")
table(CSV, "html", "t.html", "text/html", lambda: html(records(300)), HAND, SKUS, "SKU1272", ON_HAND)
table(CSV, "semicolons", "t.csv", "text/csv", lambda: separated(records(300), ";"), CITY, SKUS, "SKU1272", "warehouse_city")
table(CSV, "html-thead", "t.html", "text/html", lambda: html(records(300), grouped=True), CITY, SKUS, "SKU1272", "Warehouse city")
table(CSV, "sibling-tabs", "t.tsv", "text/tab-separated-values", lambda: separated(records(240), "\t"), CITY, skus(1002, 11), "SKU1207", "warehouse_city")
table(MARKDOWN, "sibling-after-text", "t.md", "text/markdown", lambda: "# Stock\n\nThe stock of the harbour:\n" + pipes(records(200)), HAND, skus(1003, 9), "SKU1171", ON_HAND)
table(MARKDOWN, "sibling-in-item", "t.md", "text/markdown", lambda: "# Stock\n\n- The stock:\n\n" + "".join(f"  {line}\n" for line in pipes(records(200)).splitlines()), HAND, skus(1003, 9), "SKU1171", ON_HAND)
table(CSV, "sibling-bars", "t.csv", "text/csv", lambda: separated(records(240), "|"), CITY, skus(1002, 11), "SKU1207", "warehouse_city")
table(CSV, "sibling-decimal-commas", "t.csv", "text/csv", lambda: separated([(a, b, f"{c},5", d) for a, b, c, d in records(240)], ";", TITLES), HAND, skus(1002, 11), "SKU1207", ON_HAND)
table(CSV, "sibling-title-line", "t.csv", "text/csv", lambda: "Stock of the harbour\n\n" + separated(records(240), names=TITLES), HAND, skus(1002, 11), "SKU1207", ON_HAND)
table(CSV, "sibling-inches", "t.csv", "text/csv", lambda: separated([(a, f'5" {b}', c, d) for a, b, c, d in records(240)], names=TITLES), HAND, skus(1002, 11), "SKU1207", ON_HAND)
table(CSV, "sibling-html-td-head", "t.html", "text/html", lambda: html(records(240), cell="td"), HAND, skus(1002, 11), "SKU1207", ON_HAND)
table(CSV, "sibling-quoted", "t.csv", "text/csv",
      lambda: "\r\n".join(",".join(f'"{value}"' for value in row) for row in [TITLES, *[(a, f"{b}, spare", c, d) for a, b, c, d in records(240)]]) + "\r\n", HAND, skus(1002, 11), "SKU1207", ON_HAND)


# Answers


def answered(kind, name, file, media_type, text, question, present, absent):
    def check(world):
        client = world.tenant(f"{kind}-{name}")
        client.put(file, text, media_type)
        seen = client.answer(question)
        words = re.findall(r"\w+", re.sub(r"\[\d+\]", " ", seen))
        return all(word in words for word in present) and not any(word in words for word in absent), seen
    add(kind, name, check)


answered(MARKDOWN, "answer-3-rows", "t.md", "text/markdown", "# Stock\n\n" + pipes(THREE["SKU"]), "What is the quantity on hand of SKU2?", ["SKU2", "31"], ["SKU1", "SKU3"])
answered(MARKDOWN, "answer-120-rows", "t.md", "text/markdown", "# Stock\n\n" + pipes(records(120)), "What is the quantity on hand of SKU1081?",
         ["SKU1081", "24"], ["SKU1080", "SKU1082", "SKU1000"])
answered(MARKDOWN, "sibling-answer-city", "t.md", "text/markdown", "# Stock\n\n" + pipes(records(40)), "Which warehouse city keeps SKU1023?",
         ["SKU1023", records(40)[23][3]], ["SKU1022", "SKU1024", "SKU1000"])
answered(CSV, "answer-3-rows", "t.csv", "text/csv", separated(THREE["QX"], names=("part_number", "description", "quantity_on_hand", "warehouse_city")),
         "What is the quantity on hand of QX2?", ["QX2", "31"], ["QX1", "QX3"])
answered(CSV, "sibling-answer-html", "t.html", "text/html", html(THREE["HX"]), "What is the quantity on hand of HX2?", ["HX2", "31"], ["HX1", "HX3"])


PLACES = [("Norway", "5400000", "Oslo"), ("Sweden", "10500000", "Stockholm"), ("Finland", "5550000", "Helsinki"), ("Denmark", "5900000", "Copenhagen"), ("Iceland", "380000", "Reykjavik")]
POPULATION = "What is the population of Finland?"
HEADS = ("Country", "Population", "Capital")
OTHERS = ["Norway", "Sweden", "Denmark", "Iceland"]
answered(MARKDOWN, "sibling-answer-names", "t.md", "text/markdown", "# North\n\n" + pipes(PLACES, HEADS), POPULATION, ["Finland", "5550000"], OTHERS)
answered(MARKDOWN, "sibling-answer-after-text", "t.md", "text/markdown", "# North\n\nThe countries of the north:\n" + pipes(PLACES, HEADS), POPULATION, ["Finland", "5550000"], OTHERS)
answered(MARKDOWN, "sibling-answer-no-outer-pipes", "t.md", "text/markdown", "# North\n\nCountry | Population | Capital\n---|---|---\n" + "\n".join(" | ".join(row) for row in PLACES) + "\n", POPULATION,
         ["Finland", "5550000"], OTHERS)
answered(CSV, "sibling-answer-names", "t.csv", "text/csv", separated(PLACES, names=HEADS), POPULATION, ["Finland", "5550000"], OTHERS)
answered(CSV, "sibling-answer-semicolons", "t.csv", "text/csv", separated(PLACES, ";", HEADS), POPULATION, ["Finland", "5550000"], OTHERS)
answered(CSV, "sibling-answer-tabs", "t.tsv", "text/tab-separated-values", separated(PLACES, "\t", HEADS), POPULATION, ["Finland", "5550000"], OTHERS)
answered(CSV, "sibling-answer-two-columns", "t.csv", "text/csv", separated([row[:2] for row in PLACES], names=HEADS[:2]), POPULATION, ["Finland", "5550000"], OTHERS)
answered(CSV, "sibling-answer-spaces", "t.csv", "text/csv", separated(PLACES, ", ", HEADS), POPULATION, ["Finland", "5550000"], OTHERS)
answered(CSV, "sibling-answer-quoted", "t.csv", "text/csv", "\n".join(",".join(f'"{value}"' for value in row) for row in [HEADS, *PLACES]) + "\n", POPULATION, ["Finland", "5550000"], OTHERS)
answered(CSV, "sibling-answer-crlf", "t.csv", "text/csv", separated(PLACES, names=HEADS).replace("\n", "\r\n"), POPULATION, ["Finland", "5550000"], OTHERS)
answered(CSV, "sibling-answer-html-thead", "t.html", "text/html", html(PLACES, True, HEADS), POPULATION, ["Finland", "5550000"], OTHERS)
answered(CSV, "sibling-answer-300-rows", "t.csv", "text/csv", separated(records(300)), "What is the quantity of SKU1201?", ["SKU1201", str(quantity(1201))], ["SKU1200", "SKU1202", "SKU1000"])
answered(JSON, "sibling-answer-compact", "t.json", "application/octet-stream", json.dumps([dict(zip(HEADS, row)) for row in PLACES], separators=(",", ":")), POPULATION, ["Finland", "5550000"], OTHERS)
answered(JSON, "sibling-answer-pretty", "t.json", "application/octet-stream", json.dumps({"items": [dict(zip(HEADS, row)) for row in PLACES]}, indent=2), POPULATION, ["Finland", "5550000"], OTHERS)
answered(JSON, "sibling-answer-lines", "t.jsonl", "application/x-ndjson", "\n".join(json.dumps(dict(zip(HEADS, row))) for row in PLACES) + "\n", POPULATION, ["Finland", "5550000"], OTHERS)


# Cuts


def inside(content, spans, ranges):
    """Returns the ranges, in bytes, in which a passage begins or ends."""
    edges = sorted({edge for span in spans for edge in span})
    return [content[start:end] for start, end in ranges if any(start < edge < end for edge in edges)]


def sixty_columns(name, separator, quote):
    def check(world):
        client = world.tenant(f"{CSV}-{name}")
        words = [f"{colour} {noun}" for colour in COLOURS for noun in NOUNS]
        names = separator.join(f"field_{n}" for n in range(60))
        lines = [separator.join(f"{quote}{words[(7 * r + c) % 70]}{quote}" for c in range(60)) for r in range(8)]
        client.put("wide.csv", names + "\n" + "\n".join(lines) + "\n", "text/csv")
        content, spans = client.content("wide.csv").encode(), client.spans("wide.csv")
        pattern = f"(?:{'|'.join(COLOURS)}) (?:{'|'.join(NOUNS)})".encode()
        ranges = [found.span() for found in re.finditer(pattern, content)]
        cut = inside(content, spans, ranges)
        return len(ranges) >= 480 and len(spans) > 1 and not cut, f"{len(spans)} passages, {len(ranges)} values, cut inside {len(cut)}: {[text.decode() for text in cut[:3]]}"
    add(CSV, name, check)


sixty_columns("60-columns", ",", "")
sixty_columns("sibling-60-columns-quoted", ";", '"')


def people(count=60):
    return [{"number": f"KT{7100 + 13 * n}", "name": f"{COLOURS[n % 7]} {NOUNS[n % 10]}", "city": CITIES[n % 11], "year": 1960 + n} for n in range(count)]


def record_ranges(content):
    return [found.span() for found in re.finditer(rb"\{[^{}]*\}", content)]


def uncut(name, file, text, count=60):
    def check(world):
        client = world.tenant(f"{JSON}-{name}")
        answer = client.put(file, text, "application/octet-stream")
        if answer.status != 200:
            return False, str(answer)
        content, spans = client.content(file).encode(), client.spans(file)
        ranges = record_ranges(content)
        cut = inside(content, spans, ranges)
        return len(ranges) == count and len(spans) > 1 and not cut, f"{len(spans)} passages, {len(ranges)} records, {len(cut)} cut: {[text.decode() for text in cut[:1]]}"
    add(JSON, name, check)


uncut("spaced", "people.json", json.dumps({"items": people()}))
uncut("compact", "people.json", json.dumps({"items": people()}, separators=(",", ":")))
uncut("pretty", "people.json", json.dumps({"items": people()}, indent=2))
uncut("lines", "people.jsonl", "\n".join(json.dumps(record) for record in people()) + "\n")
uncut("sibling-top-array", "people.json", json.dumps(people(90), separators=(",", ":")), 90)
uncut("sibling-pretty-tabs", "people.json", json.dumps({"meta": 1, "data": {"rows": people()}}, indent="\t"))
uncut("sibling-braces-in-strings", "people.json", json.dumps({"items": [{**record, "note": 'a "quoted", comma: and ] bracket'} for record in people()]}))


uncut("sibling-map", "people.json", json.dumps({record["number"]: record for record in people()}))
uncut("sibling-deep", "people.json", json.dumps({"a": {"b": {"c": [1, 2, people()]}}}, separators=(",", ":")))
uncut("sibling-lines-in-array", "people.json", "[\n" + ",\n".join(json.dumps(record) for record in people()) + "\n]\n")
uncut("sibling-two-arrays", "people.json", json.dumps({"one": people()[:30], "two": people()[30:]}))
uncut("sibling-crlf", "people.json", json.dumps(people(), indent=1).replace("\n", "\r\n"))
uncut("sibling-not-ascii", "people.json", json.dumps([{**record, "name": "Gr\u00f6\u00dfe \u201cx\u201d \u6e2f"} for record in people()], ensure_ascii=False))
uncut("sibling-concatenated", "people.json", "".join(json.dumps(record) for record in people()))
uncut("sibling-byte-order-mark", "people.json", "\ufeff" + json.dumps(people()))


def city_in_hit(name, text):
    def check(world):
        client = world.tenant(f"{JSON}-{name}")
        client.put("people.json", text, "application/octet-stream")
        wrong = []
        for record in people()[::3]:
            hits = client.search(record["number"], mode="lexical")
            # The city may be that of a neighbour: what follows the number, up to the next record, must hold it.
            rest = hits[0]["text"].split(record["number"], 1)[1] if hits and record["number"] in hits[0]["text"] else ""
            if record["city"] not in re.split(r"KT\d{4}", rest)[0]:
                wrong.append(record["number"])
        return not wrong, f"{20 - len(wrong)} of 20; not {wrong[:5]}"
    add(JSON, name, check)


city_in_hit("city-in-hit", json.dumps({"items": people()}))
city_in_hit("sibling-city-in-hit-pretty", json.dumps({"items": people()}, indent=4))
