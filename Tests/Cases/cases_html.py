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


# Each: a name, the fragment, and what the text must be.
for name, html, text in [
    ("variable", "2<sup>n</sup> states", "2^n states"), ("ordinal-french", "le 1<sup>er</sup> mai", "le 1er mai"), ("ordinal-english", "the 5<sup>th</sup> of May", "the 5th of May"),
    ("italic-base", "<i>x</i><sup>2</sup> + 1", "x^2 + 1"), ("capital-tag", "10<SUP>6</SUP> cells", "10^6 cells"), ("attribute", "10<sup class='e'>6</sup> cells", "10^6 cells"),
    ("nested-small", "10<sup><small>6</small></sup> cells", "10^6 cells"), ("minus-sign", "10<sup>\u22123</sup> m", "10^\u22123 m"), ("minus-entity", "10<sup>&minus;3</sup> m", "10^\u22123 m"),
    ("minus-number", "10<sup>&#8722;3</sup> m", "10^\u22123 m"), ("after-bracket", "(a+b)<sup>2</sup>", "(a+b)^2"), ("price", "$19<sup>99</sup> each", "$19^99 each"),
    ("then-digit", "10<sup>6</sup>5", "10^6 5"), ("unclosed", "10<sup>6", "10^6"), ("after-full-stop", "Wait 48 hours.<sup>3</sup> Then go.", "Wait 48 hours.^3 Then go."),
    ("sub-formula", "C<sub>6</sub>H<sub>12</sub>O<sub>6</sub>", "C6H12O6"), ("log-base", "log<sub>10</sub>100", "log10 100"), ("sup-then-sub", "x<sup>2</sup><sub>3</sub>", "x^2 3"),
    ("del-word", "<del>cat</del>dog", "cat dog"), ("ins-letter", "colo<ins>u</ins>r", "colour"), ("ins-del", "<ins>8</ins><del>9</del>", "8 9"), ("strike-old", "<strike>1</strike>2 left", "1 2 left"),
    ("keys", "<kbd>Ctrl</kbd><kbd>C</kbd>", "Ctrl C"), ("labels", "<label>Name</label><label>Age</label>", "Name Age"), ("word-break", "hyper<wbr>calibrator", "hypercalibrator"),
    ("ruby-each", "<ruby>\u6771<rt>\u3068\u3046</rt>\u4eac<rt>\u304d\u3087\u3046</rt></ruby>\u99c5", "\u6771\u4eac (\u3068\u3046\u304d\u3087\u3046) \u99c5"),
    ("ruby-parentheses", "<ruby>\u6f22\u5b57<rp>(</rp><rt>\u304b\u3093\u3058</rt><rp>)</rp></ruby>\u3067\u3059", "\u6f22\u5b57 (\u304b\u3093\u3058) \u3067\u3059"),
    ("ruby-unclosed", "<ruby>\u6f22<rt>kan</ruby> x", "\u6f22 (kan) x"), ("math-power", "<math><msup><mn>10</mn><mn>6</mn></msup></math> units", "10 6 units"),
    ("span-inside", "un<span>believ</span>able", "unbelievable"), ("mark-inside", "the <mark>tide</mark>s", "the tides"), ("fraction", "3<sup>1</sup>/<sub>2</sub> cups", "3^1/2 cups"),
]:
    page(SUP, f"sibling-{name}", f"<p>{html}</p>", lambda seen, text=text: seen.strip() == text)


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


for name, html, wanted in [
    ("negative", "<ol start=-1><li>a<li>b</ol>", ("-1. a", "0. b")), ("negative-value", "<ol><li value=-3>a<li>b</ol>", ("-3. a", "-2. b")),
    ("capital-roman", "<ol type=I start=4><li>a<li>b</ol>", ("IV. a", "V. b")), ("spaces", "<ol start=' 7 '><li>a</ol>", ("7. a",)), ("no-number", "<ol start=abc><li>a</ol>", ("1. a",)),
    ("letters-after-z", "<ol start=26 type=a><li>a<li>b</ol>", ("z. a", "aa. b")), ("nested", "<ol><li>a<ol type=i><li>x<li>y</ol><li>b</ol>", ("1. a", "i. x", "ii. y", "2. b")),
    ("nested-reversed", "<ol reversed><li>a<ol><li>n</ol><li>b</ol>", ("2. a", "1. n", "1. b")), ("style", "<ol style='list-style-type: upper-roman'><li>a<li>b</ol>", ("I. a", "II. b")),
    ("style-latin", "<ol style='margin:0; list-style: lower-latin inside'><li>a<li>b</ol>", ("a. a", "b. b")), ("value-in-bullets", "<ul><li value=3>a</ul>", ("- a",)),
    ("paragraphs", "<ol start=3><li><p>para</p><p>two</p></ol>", ("3. para",)), ("reversed-value", "<ol reversed start=2><li value=10>a<li>b</ol>", ("10. a", "9. b")),
    ("capital-tags", "<OL START=5><LI>x</OL>", ("5. x",)), ("comment-between", "<ol start='5'><!-- c --><li>x</li>\n<li>y</li></ol>", ("5. x", "6. y")), ("empty-item", "<ol><li></li><li>x</ol>", ("2. x",)),
    ("zero-letter", "<ol start=0 type=a><li>z<li>a</ol>", ("0. z", "a. a")), ("beyond-roman", "<ol start=4000 type=i><li>z</ol>", ("4000. z",)), ("hidden-item", "<ol><li hidden>h</li><li>x</li></ol>", ("1. x",)),
    ("bad-value", "<ol><li value='4'>d</li><li value='x'>e</li></ol>", ("4. d", "5. e")), ("value-back", "<ol><li>a<li value=1>b<li>c</ol>", ("1. a", "1. b", "2. c")),
    ("large", "<ol start=2147483646><li>a<li>b</ol>", ("2147483646. a", "2147483647. b")),
]:
    page(OL, f"sibling-{name}", html, lines_in_order(*wanted))


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

for name, rows, wanted in [
    ("ends-with-body", "<tbody><tr><th>D<th>T<tr><td rowspan=5>Mon<td>1</tbody><tbody><tr><td>Tue<td>2</tbody>", ["D | T", "Mon | 1", "Tue | 2"]),
    ("two-spans", "<tr><th>A<th>B<th>C<tr><td rowspan=2>1<td>2<td rowspan=2>3<tr><td>4", ["A | B | C", "1 | 2 | 3", "1 | 4 | 3"]),
    ("title-row", "<tr><th colspan=3>T<tr><th>A<th>B<th>C<tr><td>1<td>2<td>3", ["T | T | T", "A | B | C", "1 | 2 | 3"]),
    ("two-header-rows", "<thead><tr><th rowspan=2>N<th colspan=2>P<tr><th>L<th>H</thead><tbody><tr><td>x<td>1<td>2</tbody>", ["N | P | P", "N | L | H", "x | 1 | 2"]),
    ("colspan-zero", "<tr><td colspan=0>a<td>b", ["a | b"]), ("negative", "<tr><td rowspan=-1>a<td>b<tr><td>c<td>d", ["a | b", "c | d"]),
    ("empty-row", "<tr><td rowspan=2>a<td>b<tr></tr><tr><td>c<td>d", ["a | b", "c | d"]), ("staggered", "<tr><td rowspan=3>a<td>b<tr><td rowspan=2>c<tr><td>d", ["a | b", "a | c", "a | c | d"]),
    ("empty-cell", "<tr><td>R<td></td><td>x", ["R |  | x"]), ("quoted-span", "<tr><td rowspan='2'>a<td>b<tr><td>c", ["a | b", "a | c"]),
    ("last-column", "<tr><td>a<td rowspan=2>b<tr><td>c", ["a | b", "c | b"]), ("whole-row", "<tr><td rowspan=2>a</td></tr><tr><td>b</td></tr>", ["a", "a | b"]),
    ("foot", "<thead><tr><th>K<th>V</thead><tfoot><tr><td>Sum<td>9</tfoot>", ["K | V", "Sum | 9"]), ("paragraphs", "<tr><td><p>one</p><p>two</p><td>x", ["one two | x"]),
    ("break", "<tr><td>one<br>two<td>x", ["one two | x"]),
]:
    page(SPAN, f"sibling-{name}", f"<table>{rows}</table>", lambda seen, wanted=wanted: [line.strip() for line in seen.splitlines() if line.strip()] == wanted)

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

for name, body, text in [
    ("empty", "<p>aa<![CDATA[]]>bb</p>", "aabb"), ("end-inside", "<p><![CDATA[a]]]]><![CDATA[>b]]></p>", "a]]>b"), ("comment-is-text", "<p><![CDATA[<!-- c -->]]></p>", "<!-- c -->"),
    ("in-comment", "<p>a<!-- <![CDATA[ c ]]> -->b</p>", "ab"), ("script-end-inside", "<script><![CDATA[ w('</script>') ]]></script><p>Shown</p>", "Shown"),
    ("script-comment", "<script>//<![CDATA[\nvar leak=1;\n//]]></script><p>Shown</p>", "Shown"), ("style", "<style>/*<![CDATA[*/ leak /*]]>*/</style><p>Shown</p>", "Shown"),
    ("lines", "<pre><![CDATA[a\n  b]]></pre>", "a\n  b"), ("entities-outside", "<p>&lt;&amp;&apos;&quot;&eacute;&#233;</p>", "<&'\"\u00e9\u00e9"), ("empty-elements", "<b/>x<a id='q'/>y", "xy"),
    ("instruction", "<?note a>b ?><p>Shown</p>", "Shown"), ("empty-script", "<script src='x'/><p>Shown</p>", "Shown"), ("textarea", "<textarea><![CDATA[<x>]]></textarea>", "<x>"),
]:
    page(CDATA, f"sibling-{name}", xhtml(body), lambda seen, text=text: seen.strip() == text, XHTML)
page(CDATA, "sibling-declarations", '<!DOCTYPE html [ <!ENTITY foo "bar"> <!ENTITY baz "y>z"> ]><html xmlns="http://www.w3.org/1999/xhtml"><body><p>Shown</p></body></html>',
     lambda seen: seen.strip() == "Shown", XHTML)

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

for name, html, text in [
    ("html5-name", "&check; done", "\u2713 done"), ("two-characters", "&NotEqualTilde; x", "\u2242\u0338 x"), ("ligature", "&fjlig;ord", "fjord"), ("out-of-range", "&#x110000; x", "\ufffd x"),
    ("far-out-of-range", "&#99999999999; x", "\ufffd x"), ("null", "&#0; x", "\ufffd x"), ("surrogate", "&#xD800; x", "\ufffd x"), ("windows", "&#128; and &#150;", "\u20ac and \u2013"),
    ("windows-bare", "&#x80 x", "\u20ac x"), ("apos", "it&apos;s", "it's"), ("capital-amp", "R&AMPD", "R&D"), ("twice-escaped", "&amp;lt;", "&lt;"), ("number-then-name", "&#38;lt;", "&lt;"),
    ("angle-numbers", "&#60b&#62", "<b>"), ("notin", "a &notin; b", "a \u2209 b"), ("amp-amp", "&ampamp;", "&amp;"), ("bare", "a & b &; c", "a & b &; c"), ("no-digits", "&#; &#x; &#xg", "&#; &#x; &#xg"),
    ("leading-zeros", "&#0233; and &#XE9;", "\u00e9 and \u00e9"), ("unknown", "&unknown; x", "&unknown; x"), ("arrow-bare", "&rarr x", "&rarr x"), ("sup-and-fraction", "&sup2 &frac12 &yen100", "\u00b2 \u00bd \u00a5100"),
    ("degrees", "20 &degC", "20 \u00b0C"), ("end-of-file", "caf&eacute", "caf\u00e9"), ("letters-after", "&Ouml&uuml&szlig", "\u00d6\u00fc\u00df"), ("times", "3&times2", "3\u00d72"),
]:
    page(ENTITY, f"sibling-{name}", f"<p>{html}", lambda seen, text=text: seen.strip() == text)
page(ENTITY, "sibling-alt", "<p>See <img alt='a&copy b'> and <img alt='u?a=1&copy=2'></p>", has("a\u00a9 b", "1&copy=2"))
