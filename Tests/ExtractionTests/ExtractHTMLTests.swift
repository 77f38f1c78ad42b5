import Extraction
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ExtractHTMLTests {
    private func document(_ html: String) throws -> ExtractedDocument {
        let document = try Extractor.extract(Array(html.utf8), format: .html)
        expectSound(document, "\(html)")
        return document
    }

    @Test func blocksAreSetApart() throws {
        let page = try document(
            """
            <!doctype html><html><head><title> The
              title </title></head><body><h1>Head <em>line</em></h1>
            <p>One   two<br>three &amp; four&nbsp;five</p><ul><li>a<li><p>b</p><ol><li>c<li>d</ol></ul>
            <pre>
              x
                y</pre><blockquote>quoted</blockquote>
            <table><tr><th>A<th>B<tr><td>1<td><p>2</p></table>tail</body></html>
            """)
        #expect(page.title == "The title")
        #expect(
            page.outline == [
                "h1: Head line", "p: One two\nthree & four\u{A0}five", "li: - a", "li: - b", "li:   1. c", "li:   2. d",
                "code:   x\n    y", "quote: quoted", "row: A | B", "row: 1 | 2", "p: tail",
            ])
        #expect(page.text.contains("- a\n- b\n  1. c\n  2. d\n\n  x"))
    }

    @Test(arguments: [
        "<script>HID</script>", "<script>if (a</b) '<p>HID'</script>", "<style>HID</style>", "<noscript>HID</noscript>",
        "<template><p>HID</p></template>", "<!-- HID -->", "<!-- <p>HID</p> --!>", "<![CDATA[HID]]>", "<?php HID ?>",
        "<p hidden>HID</p>", "<p hidden>HID", "<span hidden>HID</span>", "<div style='color:red; DISPLAY : none !important'>HID</div>",
        "<span style=visibility:hidden><b>HID</b></span>", "<p style='font-size:0'>HID</p>", "<i aria-hidden=true>HID</i>",
        "<svg><title>HID</title><text>HID</text></svg>", "<select><option>HID</select>", "<iframe><p>HID</p></iframe>",
        "<dialog>HID</dialog>", "<div hidden><div>HID</div>HID</div>", "<SCRIPT >HID</sCript foo>", "<img alt=HID hidden>",
        "<div hidden><p>HID</div>", "<span class='x mw-editsection'>HID</span>", "<textarea hidden>HID</textarea>",
    ])
    func unseenTextIsNeverIndexed(_ html: String) throws {
        #expect(try document("<p>before</p>\(html)<p>after</p>").text == "before\n\nafter")
    }

    @Test(arguments: [
        ("<p>a<span>b</span>c", "abc"), ("<p hidden=until-found>x", "x"), ("<p aria-hidden=true>x", "x"),
        ("<p style='display:block'>x", "x"), ("<img alt='a &lt;b&gt; \"c'>", "a <b> \"c"), ("a < b, c<d & e", "a < b, c"),
        ("x &lt;script&gt; y", "x <script> y"), ("&#150;&#8364;&#x20AC;&eacute;&nope;", "–€€é&nope;"), ("<p>a</p attr='>'>b", "a\n\nb"),
        ("<p title='a>b'>c", "c"), ("<a href=x>link</a> text", "link text"), ("<p>1<p>2", "1\n\n2"),
        ("<textarea><b>kept</textarea>", "<b>kept"), ("<dialog open>x</dialog>", "x"),
        ("<p>a\u{1}\u{C}b<!--\(String(repeating: "-", count: 300))-->", "a b"),
        ("<?xml version='1.0'?><html><script src='x'/><p/><div/>seen</html>", "seen"), ("<title/>seen", "seen"),
        ("<unknown><p>seen</unknown></p>", "seen"), ("</p></div></span>seen", "seen"), ("<p>a<!---->b<!-->c<!--->d", "abcd"),
    ])
    func seenTextIsKept(_ html: String, _ text: String) throws {
        #expect(try document(html).text == text)
    }

    @Test func boilerplateGoesWhenThePageNamesItsContent() throws {
        let parts = "<header>SITE<ul><li>MENU</ul></header><nav><div>NAV</nav><p>one</p>"
        let end = "<aside>ASIDE</aside><footer>FOOT</footer>"
        let page = try document("\(parts)<main><header><h1>H</h1><ul><li>LANGS</ul></header><p>two</p><nav>TOC</nav></main>\(end)")
        #expect(page.outline == ["p: one", "h1: H", "p: two"])
        #expect(page.title == "H")
        let role = try document("<div role=navigation>NAV</div><div role=main>text</div>")
        #expect(role.text == "text")
        #expect(try document(parts + end).text == "SITE\n\n- MENU\n\nNAV\n\none\n\nASIDE\n\nFOOT")
    }

    @Test func rowsOfLayoutTablesKeepTheirHeadings() throws {
        let page = try document("<table><tr><td><h2>H</h2>text<ul><li>i</ul><td>c</table>")
        #expect(page.outline.prefix(3) == ["h2: H", "row: text", "li: - i"])
    }

    @Test(arguments: 0..<300 as Range<UInt64>) func randomPagesAreSound(seed: UInt64) {
        var random = RandomDocuments(seed: seed)
        let html = random.html()
        let note: Comment = "seed \(seed)"
        _ = outcome(Array(html.utf8), .html, note)
        for _ in 0..<3 { _ = outcome(random.damaged(Array(html.utf8)), .html, note) }
    }

    @Test func depthIsBounded() {
        func nested(_ depth: Int) -> [UInt8] { Array((String(repeating: "<div>", count: depth) + "deep").utf8) }
        // `html` and `body` are two more.
        #expect(outcome(nested(510), .html) == nil)
        #expect(outcome(nested(511), .html)?.code == .malformed)
        #expect(outcome(nested(100_000), .html)?.code == .malformed)
        let closed = String(repeating: "<div>", count: 100_000) + "x" + String(repeating: "</div>", count: 100_000)
        #expect(outcome(Array(closed.utf8), .html)?.code == .malformed)
        // Inline elements are not counted.
        #expect(outcome(Array((String(repeating: "<b>", count: 100_000) + "deep").utf8), .html) == nil)
    }

    /// Inputs for which libxml2 alone, or a naive pass before it, takes quadratic time.
    @Test(
        .timeLimit(.minutes(10)),
        arguments: [
            "<b></i>", "<!--", "<script>", "<", "&", "</p>", "<p ", "a=", "<p x='", "<span hidden>", "<x-1>", "<li>x", "<p>x<ul></p></ul>",
            "<table>", "<title>", "<textarea>", "<![CDATA[", "<dl><dd>x</dl>", "</span>", "<p>x", "<a href=", "<td>x",
        ])
    func hostilePagesAreLinear(_ piece: String) {
        let repeated = Array(repeatElement(Array(piece.utf8), count: 600_000 / piece.utf8.count).joined())
        let error =
            outcome(Array("<p>start</p><p ".utf8) + repeated + Array(">".utf8), .html)
            ?? outcome(Array("<p>start</p>".utf8) + repeated, .html)
        #expect(error == nil || error?.code == .malformed)
    }
}
