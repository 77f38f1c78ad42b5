import Extraction
import TestSupport
import Testing

/// Meaning that markup carries and text must keep: powers, list numbers, spans of cells. The cases are public bug reports of other products,
/// and siblings of them.
@Suite(.timeLimit(.minutes(10))) struct HTMLMeaningTests {
    private func text(_ html: String, _ format: DocumentFormat = .html) throws -> String {
        let document = try Extractor.extract(Array(html.utf8), format: format)
        expectSound(document, "\(html)")
        return document.text
    }

    @Test(arguments: [
        ("10<sup>6</sup> units", "10^6 units"), ("10<sup>-3</sup>", "10^-3"), ("10<sup>&minus;3</sup>", "10^−3"),
        ("48<sup>3</sup> hours", "48^3 hours"), ("48<sup><a href=#n3>3</a></sup> hours", "48^3 hours"), ("<del>9</del><ins>8</ins>", "9 8"),
        ("<s>49</s><b>39</b>", "49 39"), ("x<sub>1</sub>2", "x1 2"), ("1<sup>st</sup> of May", "1st of May"), ("H<sub>2</sub>O", "H2O"),
        ("101<sub>2</sub>", "101 2"), ("un<b>believ</b>able, <i>ti</i>de", "unbelievable, tide"), ("m<sup>2</sup>", "m^2"),
        ("<button>Save</button><button>Cancel</button>", "Save Cancel"), ("<kbd>Ctrl</kbd><kbd>C</kbd>", "Ctrl C"),
        ("(a+b)<sup>2</sup>c", "(a+b)^2c"), ("CO<sub>2</sub> and SO<sub>4</sub><sup>2-</sup>", "CO2 and SO4^2-"),
        ("2<sup>10</sup>24", "2^10 24"),
        ("<del>old</del><ins>new</ins> word", "old new word"), ("un<ins>think</ins>able", "unthinkable"), ("a<sup></sup>b", "ab"),
        ("2<sup>n</sup> states", "2^n states"), ("1<sup>er</sup> mai", "1er mai"), ("10<sup>&#8722;3</sup>", "10^−3"),
        ("hours.<sup>3</sup> Then", "hours.^3 Then"),
        ("<del>cat</del>dog", "cat dog"), ("colo<ins>u</ins>r", "colour"), ("<math><msup><mn>10</mn><mn>6</mn></msup></math>", "10 6"),
        ("hyper<wbr>link", "hyperlink"),
        ("<ruby>東<rt>とう</rt>京<rt>きょう</rt></ruby>駅", "東京 (とうきょう) 駅"), ("<ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby>です", "漢字 (かんじ) です"),
        ("<ruby hidden>a<rt>b</rt></ruby>c", "c"), ("<ruby>東<rt style=\"display:none\">EVIL</rt></ruby>駅", "東駅"),
        ("<span style=\"display:none\"><ruby>a<rt>EVIL</rt></span> text", "text"),
        ("<ruby aria-hidden=true>a<ruby>b</ruby>EVIL</ruby>c", "c"), ("<ruby>東<rt>a<span hidden>EVIL</span></rt></ruby>駅", "東 (a) 駅"),
        ("<ruby>漢<rt>kan<rt>ji</ruby> x", "漢 (kanji) x"), ("<ruby>漢<rt>kan", "漢 (kan)"),
    ])
    func inlineElementsKeepNumbersApart(_ html: String, _ expected: String) throws { #expect(try text("<p>\(html)</p>") == expected) }

    @Test(arguments: [
        ("<ol start=5><li>five<li>six</ol>", "5. five\n6. six"),
        ("<ol><li>one<li value=7>seven<li>eight</ol>", "1. one\n7. seven\n8. eight"),
        ("<ol><li>Open.</ol><p>x</p><ol start=3><li>Check.</ol>", "1. Open.\n\nx\n\n3. Check."),
        ("<ol reversed><li>cc<li>bb<li>aa</ol>", "3. cc\n2. bb\n1. aa"), ("<ol type=a><li>xx<li>yy</ol>", "a. xx\nb. yy"),
        ("<ol><li>one<li>two</ol>", "1. one\n2. two"), ("<ol type=I start=4><li>x<li>y</ol>", "IV. x\nV. y"),
        ("<ol type=A start=26><li>x<li>y</ol>", "Z. x\nAA. y"), ("<ol start=-1><li>x<li>y<li>z</ol>", "-1. x\n0. y\n1. z"),
        ("<ol reversed start=10><li>x<li>y</ol>", "10. x\n9. y"), ("<ol start=x><li>a</ol>", "1. a"), ("<ul start=4><li>a</ul>", "- a"),
        ("<ol reversed><li>c<ol><li>i<li>j</ol><li>b</ol>", "2. c\n  1. i\n  2. j\n1. b"),
        ("<ol type=i><li>x<li>y<li>z</ol>", "i. x\nii. y\niii. z"),
        ("<ol start=99999999999999999999><li>a</ol>", "2147483647. a"), ("<ol start=' 8'><li>a</ol>", "8. a"),
        ("<OL TYPE=a START=3><LI>a</OL>", "c. a"),
        ("<ol style='list-style-type: upper-roman'><li>a<li>b</ol>", "I. a\nII. b"),
        ("<ol style='margin:0;list-style:lower-latin inside'><li>a</ol>", "a. a"),
    ])
    func listsKeepTheirNumbers(_ html: String, _ expected: String) throws { #expect(try text(html) == expected) }

    @Test(arguments: [
        ("<tr><th>Day<th>Tide<tr><td rowspan=2>Mon<td>06:40<tr><td>19:05", "Day | Tide\nMon | 06:40\nMon | 19:05"),
        ("<tr><th colspan=2>A<th>B<tr><td>11<td>22<td>33", "A | A | B\n11 | 22 | 33"),
        (
            "<tr><th>Pier<th>Boat<th>Hour<tr><td>1<td rowspan=2>Ida<td>16<tr><td>2<td>17",
            "Pier | Boat | Hour\n1 | Ida | 16\n2 | Ida | 17"
        ), ("<tr><th>X<th>Y<th>Sum<tr><td colspan=2>Total<td>90", "X | Y | Sum\nTotal | Total | 90"),
        ("<tr><td>a<td rowspan=3>z<tr><td>b<tr><td>c<tr><td>d<td>e", "a | z\nb | z\nc | z\nd | e"),
        ("<tr><td rowspan=2 colspan=2>q<td>1<tr><td>2", "q | q | 1\nq | q | 2"),
        ("<tr><td rowspan=0>a<td>1<tr><td>2<tr><td>3", "a | 1\na | 2\na | 3"),
        ("<tr><td>a<td>b<tr><td>c<td>d", "a | b\nc | d"), ("<tr><td rowspan=x>a<td>1<tr><td>2", "a | 1\n2"),
        ("<tr><td rowspan=2><p>a</p><p>b</p><td>1<tr><td>2", "a b | 1\na b | 2"),
        ("<tbody><tr><td rowspan=5>Mon<td>1</tbody><tbody><tr><td>Tue<td>2</tbody>", "Mon | 1\nTue | 2"),
        ("<thead><tr><th rowspan=2>N<th colspan=2>P<tr><th>L<th>H</thead><tbody><tr><td>x<td>1<td>2", "N | P | P\nN | L | H\nx | 1 | 2"),
    ])
    func spannedCellsFillTheirPlaces(_ rows: String, _ expected: String) throws { #expect(try text("<table>\(rows)</table>") == expected) }

    @Test func hostileSpansAreBounded() throws {
        let wide =
            "<table>" + String(repeating: "<tr>" + String(repeating: "<td colspan=1000 rowspan=65534>x", count: 20), count: 5_000)
            + "</table>"
        #expect(try text(wide).utf8.count < 4 << 20)
        let long = "<table><tr><td rowspan=9999>" + String(repeating: "y", count: 100_000) + String(repeating: "<tr><td>1", count: 9_999)
        #expect(try text(long).utf8.count < 1 << 20)
        let reversed = String(repeating: "<ol reversed><li>a", count: 100)
        #expect(try text(reversed).hasPrefix("1. a"))
    }

    @Test(arguments: [
        ("<p>aa <![CDATA[kept words]]> bb</p>", "aa kept words bb"), ("<p><![CDATA[Fish &amp; chips]]></p>", "Fish &amp; chips"),
        ("<p><![CDATA[if a <b> c]]></p>", "if a <b> c"), ("<p>Shown.</p><script><![CDATA[ leak ]]></script>", "Shown."),
        ("<p><![CDATA[a]]b]]>c</p>", "a]]bc"), ("<p>x<![CDATA[]]>y</p>", "xy"), ("<p>Shown.<![CDATA[", "Shown.</body></html>"),
        ("<p>a<br/>b</p><div/><p>c</p>", "a\nb\n\nc"),
    ])
    func characterDataIsText(_ body: String, _ expected: String) throws {
        #expect(try text("<html xmlns='http://www.w3.org/1999/xhtml'><body>\(body)</body></html>", .xhtml) == expected)
        #expect(try text("<?xml version='1.0'?><html><body>\(body)</body></html>") == expected)
    }

    @Test(arguments: [
        ("&copy 2020", "© 2020"), ("caf&eacute au", "café au"), ("AT&ampT", "AT&T"), ("caf&#233 noir", "café noir"),
        ("&hellip x and &hellip; y", "&hellip x and … y"), ("&#xE9t&#xE9;", "été"), ("a&nbspb", "a\u{A0}b"), ("&ltb&gt", "<b>"),
        ("&COPY; &AMP; &REG", "© & ®"), ("it&apos;s", "it's"), ("&frac12 cup &frac12cup", "½ cup ½cup"), ("R&D & a&b", "R&D & a&b"),
        ("&notit; &not x", "¬it; ¬ x"), ("&#; &#x; &", "&#; &#x; &"), ("&uml&uuml", "¨ü"), ("&sup2;&sup2", "²²"),
    ])
    func referencesNeedNoSemicolon(_ html: String, _ expected: String) throws { #expect(try text("<p>\(html)</p>") == expected) }

    @Test(arguments: ["&amp", "&#233", "&", "&#", "<sup>1", "<ol reversed>", "<td rowspan=2 colspan=2>1", "<button>", "<del>1</del>"])
    func hostileMarkupIsLinear(_ piece: String) {
        let repeated = Array(repeatElement(Array(piece.utf8), count: 400_000 / piece.utf8.count).joined())
        let error = outcome(Array("<p>start</p><table><tr>".utf8) + repeated, .html)
        #expect(error == nil || error?.code == .malformed)
    }
}
