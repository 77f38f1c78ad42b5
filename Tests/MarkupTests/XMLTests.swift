import Extraction
import Markup
import TestSupport
import Testing

func xml(_ text: String, _ format: DocumentFormat = .xml, limits: ExtractLimits = ExtractLimits()) throws -> ExtractedDocument {
    try XMLReader.read(FileBytes(Array(text.utf8)), format: format, ReadingContext(limits: limits))
}

@Suite struct XMLTests {
    @Test func recordsKeepTheirKeys() throws {
        let document = try xml(
            "<orders xmlns='u'><order id='7' date='2024'><customer><name>Ann &amp; Co</name><city>Rome</city></customer>"
                + "<note>Leave at <b>door</b> please</note></order><order date='2025'><total cur='EUR'>3.5</total></order></orders>")
        #expect(
            document.outline == [
                "p: order.date: 2024\norder.customer.name: Ann & Co\norder.customer.city: Rome", "p: Leave at door please",
                "p: order.date: 2025\norder.total.cur: EUR\norder.total: 3.5",
            ])
    }

    @Test func recordsOfOneNameAreApart() throws {
        let document = try xml("<a><list><b><c>1</c><d>2</d></b><b><c>3</c></b></list></a>")
        #expect(document.outline == ["p: list.b.c: 1\nlist.b.d: 2", "p: list.b.c: 3"])
    }

    @Test func feedsHaveItems() throws {
        let rss = try xml(
            "<rss xmlns:dc='x' xmlns:c='y'><channel><title>News</title><link>http://gone</link><item><title>First &amp;amp; best"
                + "</title><dc:creator>Ann"
                + "</dc:creator><pubDate>Mon</pubDate><category>A</category><category>B</category><description>Short</description>"
                + "<c:encoded><![CDATA[<p>Long <b>text</b></p><ul><li>x</li></ul>]]></c:encoded></item></channel></rss>")
        #expect(rss.outline == ["h1: News", "h2: First & best", "p: Ann, Mon", "p: Categories: A, B", "p: Long text", "li: - x"])
        #expect(rss.title == "News")
        let atom = try xml(
            "<feed xmlns='a'><title>F</title><entry><title>E</title><author><name>Bo</name></author><updated>2024</updated>"
                + "<content type='xhtml'><div><p>One</p><p>Two</p></div></content></entry></feed>")
        #expect(atom.outline == ["h1: F", "h2: E", "p: Bo, 2024", "p: One\nTwo"])
    }

    @Test func articlesHaveSections() throws {
        let document = try xml(
            "<!DOCTYPE article PUBLIC '-//x' 'x.dtd'><article><front><article-title>On &eacute;t&eacute;s</article-title>"
                + "<contrib><name><surname>Doe"
                + "</surname><given-names>Jo</given-names></name></contrib></front><body><sec><title>Intro</title><p>First <i>para</i>.</p>"
                + "<list><list-item><p>one</p></list-item></list><sec><title>Deep</title><programlisting>a\n  b</programlisting>"
                    + "<table><thead>"
                + "<tr><th>A</th><th>B</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table></sec></sec></body></article>")
        #expect(
            document.outline == [
                "h1: On étés", "p: Doe Jo", "h3: Intro", "p: First para.", "li: • one", "h4: Deep", "code: a\n  b", "row: A | B",
                "row+: 1 | 2",
            ])
    }

    @Test func drawingsHaveText() throws {
        let document = try xml(
            "<svg xmlns='s'><title>Plan</title><desc>A map</desc><style>.a{}</style><text>Hello <tspan x='2'>wide</tspan><tspan "
                + "dy='1'>world"
                + "</tspan></text><script>gone()</script></svg>", .svg)
        #expect(document.outline == ["h1: Plan", "p: A map", "p: Hello wide world"])
    }

    /// Entities of a document are not expanded, and no other file is read.
    @Test(arguments: [
        "<!DOCTYPE a [<!ENTITY b 'secret'>]><a><c>x&b;</c></a>", "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a><c>x&b;</c></a>",
        "<!DOCTYPE a [<!ENTITY % p SYSTEM 'file:///etc/passwd'>%p;]><a><c>x</c></a>",
        "<!DOCTYPE a [<!ENTITY b 'secret'><!ENTITY d '&b;&b;'>]><a><c e='&d;'>x&d;&d;</c></a>",
    ]) func entitiesAreNotExpanded(_ text: String) throws {
        #expect(try xml(text).text == "c: x")
    }

    @Test func encodingsAreThoseOfTheDeclaration() throws {
        let latin = Array("<?xml version='1.0' encoding='iso-8859-2'?><a><b>".utf8) + [0xBF, 0xF3, 0xB3, 0x77] + Array("</b></a>".utf8)
        #expect(try XMLReader.read(FileBytes(latin), format: .xml, ReadingContext(limits: ExtractLimits())).text == "b: żółw")
        let wide = "<?xml version='1.0' encoding='utf-16'?><a><b>żółw</b></a>".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        #expect(
            try XMLReader.read(FileBytes([0xFF, 0xFE] + wide), format: .xml, ReadingContext(limits: ExtractLimits())).text == "b: żółw")
    }

    @Test func damagedAndDeepFiles() {
        #expect((try? xml("<a><b>x</b><c>y</a>").text) == "b: x\nc: y")
        let deep = String(repeating: "<a>", count: 1000) + "x"
        #expect(throws: ExtractError.self) { try xml(deep) }
        #expect(throws: ExtractError.self) { try xml("no markup") }
        #expect(throws: ExtractError.self) { try xml("<a><b>x</b><b>yyyyyyyyyyyy</b></a>", limits: ExtractLimits(maxTextBytes: 5)) }
    }

    @Test func everyFileIsADocumentOrAnError() throws {
        let corpus = [
            "<rss><channel><title>a</title><item><title>b</title><description>&lt;p>c</description></item></channel></rss>",
            "<article><title>a</title><sec><title>b</title><p>c<i>d</i></p><table><tr><td>e</td></tr></table></sec></article>",
            "<svg><text>a<tspan>b</tspan></text></svg>", "<?xml version='1.0'?><a b='c'><d>e</d><d>f<g/>h</d></a>",
        ].map { Array($0.utf8) }
        let tokens = [
            "<", ">", "</", "/>", "<p>", "</p>", "<tr>", "<td>", "</td>", "</tr>", "<title>", "</title>", "<item>", "</item>", "<![CDATA[",
            "]]>",
            "&amp;", "&#0;", "&x;", "<!DOCTYPE a [", "]>", "<!ENTITY a 'b'>", "<!--", "-->", "<sec>", "</sec>", " xmlns:a='b'", "<a:b>",
        ]
        let fuzzing = Fuzzing("xml")
        try fuzzing.run(corpus: corpus, tokens: tokens) { input, number in
            for format in [DocumentFormat.xml, .svg] {
                if let document = try? XMLReader.read(FileBytes(input), format: format, ReadingContext(limits: ExtractLimits())) {
                    expectSound(document, fuzzing.note(number))
                }
            }
        }
    }
}
