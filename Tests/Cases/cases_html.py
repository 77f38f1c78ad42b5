"""HTML and XHTML: the extracted text."""

import re

from harness import add


def page(kind, name, html, holds, media_type="text/html"):
    """Registers a row: `holds` is true of the extracted text."""
    def check(world):
        client = world.tenant(kind)
        answer = client.put(name, html, media_type)
        if answer.status != 200:
            return False, str(answer)
        text = client.content(name)
        return text is not None and bool(holds(text)), repr(text)
    add(kind, name, check)


def has(*parts):
    return lambda text: all(part in text for part in parts)


def lacks(part, pattern):
    """The text lacks `part` and matches `pattern`, so that nothing is lost either."""
    return lambda text: part not in text and re.search(pattern, text) is not None


SUP = "11 superscript"
page(SUP, "power", "<p>Give 10<sup>6</sup> units a day.</p>", lacks("106", r"10 ?\^?\(?[6⁶]"))
page(SUP, "negative-power", "<p>About 10<sup>-3</sup> of it.</p>", lacks("10-3", r"10 ?(\^\(?[-−]3|⁻³|[\^ ] ?[-−]3)"))
page(SUP, "footnote", "<p>Wait 48<sup>3</sup> hours.</p>", lacks("483", "48"))
page(SUP, "del-ins", "<p>Take <del>9</del><ins>8</ins> drops.</p>", lacks("98", "8"))
page(SUP, "sub-then-digit", "<p>Add x<sub>1</sub>2 now.</p>", lacks("x12", "x.*1.*2"))
page(SUP, "buttons", "<p>Choose one.</p><button>Save</button><button>Cancel</button>", lambda text: "SaveCancel" not in text)
page(SUP, "bold-inside", "<p>un<b>believ</b>able <i>ti</i>de</p>", has("unbelievable", "tide"))
page(SUP, "sibling-footnote-link", "<p>Wait 72<sup><a href='#f1'>1</a></sup> minutes.</p>", lacks("721", "72"))
page(SUP, "sibling-area", "<p>It covers 25 km<sup>2</sup>7 blocks.</p>", lacks("km27", "25 km"))
page(SUP, "sibling-strike", "<p>Only <s>40</s>30 left.</p>", lacks("4030", "30"))
page(SUP, "sibling-options", "<p>Pick.</p><select><option>North</option><option>South</option></select>", lambda text: "NorthSouth" not in text)


def dose(name, html, question, absent):
    def check(world):
        client = world.tenant(f"{SUP}-{name}")
        client.put("dose", html, "text/html")
        seen = client.answer(question)
        return absent not in seen and "units" in seen, seen
    add(SUP, name, check)


dose("answer", "<p>The daily dose of the medicine is 10<sup>6</sup> units.</p>", "What is the daily dose of the medicine?", "106")
dose("sibling-answer", "<p>The weekly dose of the syrup is 5 x 10<sup>4</sup> units.</p>", "What is the weekly dose of the syrup?", "104")


# Lists


def lines_in_order(*wanted):
    def holds(text):
        lines = iter(line.strip() for line in text.splitlines())
        return all(any(line == want for line in lines) for want in wanted)
    return holds


OL = "12 ol-start"
page(OL, "start", "<ol start=5><li>five</li><li>six</li></ol>", lines_in_order("5. five", "6. six"))
page(OL, "value", "<ol><li>one</li><li value=7>seven</li><li>eight</li></ol>", lines_in_order("1. one", "7. seven", "8. eight"))
page(OL, "continued", "<ol><li>Open.</li></ol><p>Wait for the lamp.</p><ol start=3><li>Run.</li><li>Check.</li></ol>", lines_in_order("1. Open.", "3. Run.", "4. Check."))
page(OL, "reversed", "<ol reversed><li>cc</li><li>bb</li><li>aa</li></ol>", lines_in_order("3. cc", "2. bb", "1. aa"))
page(OL, "type-a", "<ol type=a><li>xx</li><li>yy</li></ol>", lines_in_order("a. xx", "b. yy"))
page(OL, "plain", "<ol><li>one</li><li>two</li></ol>", lines_in_order("1. one", "2. two"))
page(OL, "sibling-reversed-start", "<ol reversed start=9><li>nn</li><li>mm</li></ol>", lines_in_order("9. nn", "8. mm"))
page(OL, "sibling-capital-letters", "<ol type='A' start='3'><li>xx</li><li>yy</li></ol>", lines_in_order("C. xx", "D. yy"))
page(OL, "sibling-roman", "<ol type='i'><li>xx</li><li>yy</li><li>zz</li><li>ww</li></ol>", lines_in_order("i. xx", "ii. yy", "iii. zz", "iv. ww"))
page(OL, "sibling-start-zero", "<ol start='0'><li>zero</li><li>one</li></ol>", lines_in_order("0. zero", "1. one"))


# Tables


def cells(line, outer):
    line = line.strip()
    parts = line.split("|")
    if outer:
        parts = parts[1:-1] if line.endswith("|") else parts[1:]
    return [part.strip() for part in parts]


def cell_below(value, number, header):
    """`value` is in cell `number` of its row, and `header` in the same cell of the header row."""
    def holds(text):
        lines = [line for line in text.splitlines() if "|" in line]
        heads = [line for line in lines if header in line]
        outer = bool(heads) and heads[0].strip().startswith("|")
        rows = [cells(line, outer) for line in lines]
        own = next((parts for parts in rows if value in parts), None)
        head = next((parts for parts in rows if header in parts), None)
        return own and head and own.index(value) == number - 1 and len(head) >= number and head[number - 1] == header
    return holds


def tr(*values, cell="td"):
    return "<tr>" + "".join(value if value.startswith("<") else f"<{cell}>{value}</{cell}>" for value in values) + "</tr>"


SPAN = "13 rowspan"
page(SPAN, "rowspan", "<table>" + tr("Day", "Tide", cell="th") + tr("<td rowspan=2>Mon</td>", "06:40") + tr("19:05") + "</table>", cell_below("19:05", 2, "Tide"))
page(SPAN, "colspan-header", "<table>" + tr("<th colspan=2>A</th>", "<th>B</th>") + tr("11", "22", "33") + "</table>", cell_below("33", 3, "B"))
page(SPAN, "rowspan-middle", "<table>" + tr("Day", "Port", "Hour", cell="th") + tr("Mon", "<td rowspan=2>Cork</td>", "16") + tr("Tue", "17") + "</table>", cell_below("17", 3, "Hour"))
page(SPAN, "colspan-body", "<table>" + tr("Item", "Price", "Sum", cell="th") + tr("Rope", "40", "50") + tr("<td colspan=2>Total</td>", "90") + "</table>", cell_below("90", 3, "Sum"))
page(SPAN, "plain", "<table>" + tr("Day", "Tide", cell="th") + tr("Mon", "06:40") + "</table>", cell_below("06:40", 2, "Tide"))
page(SPAN, "sibling-three-rows", "<table>" + tr("Day", "Tide", "Depth", cell="th") + tr('<td rowspan="3">Mon</td>', "06:40", "4.1") + tr("12:50", "0.6") + tr("19:05", "3.9") + "</table>", cell_below("3.9", 3, "Depth"))
page(SPAN, "sibling-both", "<table>" + tr("A", "B", "C", "D", cell="th") + tr("<td rowspan=2 colspan=2>box</td>", "c1", "d1") + tr("c2", "d2") + "</table>", cell_below("d2", 4, "D"))
page(SPAN, "sibling-rowspan-zero", "<table><tbody>" + tr("Day", "Tide", cell="th") + tr("<td rowspan=0>Mon</td>", "06:40") + tr("19:05") + "</tbody></table>", cell_below("19:05", 2, "Tide"))

BROKEN = "51 html-errors"
page(BROKEN, "tr-in-td", "<table><tr><td><tr><td>Visible text</td></tr></td></tr></table>", has("Visible text"))
page(BROKEN, "nested-table", "<table><tr><td>Sum</td><td><table><tr><td>Item</td><td>Alpha</td></tr></table></td></tr></table>", has("Sum", "Item", "Alpha"))
page(BROKEN, "sibling-p-in-p", "<p>One<p>Two<div>Three</p>Four</div>", has("One", "Two", "Three", "Four"))
page(BROKEN, "sibling-unclosed-cells", "<table><tr><td>Left<td>Right<tr><td>Below</table>", has("Left", "Right", "Below"))


# XHTML and entities


def xhtml(body):
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><head><title>T</title></head><body>{body}</body></html>'


CDATA, XHTML = "53 xhtml-cdata", "application/xhtml+xml"
page(CDATA, "paragraph", xhtml("<p>aa <![CDATA[kept words]]> bb</p>"), lambda text: re.search(r"aa\s+kept words\s+bb", text), XHTML)
page(CDATA, "entity-stays", xhtml("<p><![CDATA[Fish &amp; chips]]></p>"), has("Fish &amp; chips"), XHTML)
page(CDATA, "tag-stays", xhtml("<p><![CDATA[if a <b> c]]></p>"), has("if a <b> c"), XHTML)
page(CDATA, "script", xhtml("<script><![CDATA[var leak = 1;]]></script><p>Shown.</p>"), lambda text: "Shown." in text and "leak" not in text, XHTML)
page(CDATA, "sibling-two-sections", xhtml("<p><![CDATA[one ]]>two<![CDATA[ three]]></p>"), has("one two three"), XHTML)
page(CDATA, "sibling-brackets", xhtml("<p><![CDATA[x[y[0]] > 1]]> end</p>"), has("x[y[0]] > 1 end"), XHTML)
page(CDATA, "sibling-in-cell", xhtml("<table><tr><td><![CDATA[5 < 6]]></td><td>yes</td></tr></table>"), has("5 < 6", "yes"), XHTML)

ENTITY = "54 entity-no-semicolon"
page(ENTITY, "copy", "<p>&copy 2020 Hesper</p>", has("© 2020"))
page(ENTITY, "eacute", "<p>caf&eacute au lait</p>", has("café au"))
page(ENTITY, "amp-prefix", "<p>AT&ampT</p>", has("AT&T"))
page(ENTITY, "numeric", "<p>caf&#233 noir</p>", has("café noir"))
page(ENTITY, "not-legacy", "<p>&hellip x and &hellip; y</p>", has("&hellip x and … y"))
page(ENTITY, "sibling-hex", "<p>na&#xEF ve and &#x2014 dash</p>", has("naï ve and — dash"))
page(ENTITY, "sibling-longest-prefix", "<p>a &notit; b</p>", has("a ¬it; b"))
page(ENTITY, "sibling-lt-digit", "<p>3 &lt5 and &frac12 cup</p>", has("3 <5 and ½ cup"))
page(ENTITY, "sibling-end-of-text", "<p>&Ouml&uuml</p>", has("Öü"))
