import Extraction
import Testing

@Suite struct OpenDocumentTests {
    private static let names =
        ["office", "text", "table", "draw", "presentation", "style"].map {
            "xmlns:\($0)=\"urn:oasis:names:tc:opendocument:xmlns:\($0):1.0\""
        }.joined(separator: " ")
        + " xmlns:svg=\"urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\""

    private func read(_ format: DocumentFormat, _ body: String, styles: String = "", manifest: String = "") throws -> ExtractedDocument {
        let kind = [.odt: "text", .ods: "spreadsheet", .odp: "presentation"][format] ?? "text"
        let content = """
            <office:document-content \(Self.names)><office:automatic-styles>\(styles)</office:automatic-styles>\
            <office:body><office:\(kind)>\(body)</office:\(kind)></office:body></office:document-content>
            """
        let archive = ZipWriter.archive([
            ("mimetype", "application/vnd.oasis.opendocument.\(kind)"), ("content.xml", content), ("META-INF/manifest.xml", manifest),
        ])
        #expect(ArchiveDetection.format(archive) == format)
        return try OfficeSamples.read(archive, format)
    }

    @Test func textHasHeadingsListsAndNotes() throws {
        let styles = """
            <style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>
            <text:list-style style:name="L1"><text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>\
            <text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")" text:display-levels="2"/>\
            </text:list-style>
            """
        let body = """
            <text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion>\
            </text:changed-region></text:tracked-changes>
            <text:p text:style-name="P1">The title</text:p><text:h text:outline-level="2">Part</text:h>
            <text:p>Some<text:s text:c="3"/>text<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation>\
            <text:note-body><text:p>A note.</text:p></text:note-body></text:note>.<office:annotation><dc:creator>Ann</dc:creator>\
            <text:p>Check.</text:p></office:annotation></text:p>
            <text:list text:style-name="L1"><text:list-item><text:p>one</text:p><text:list><text:list-item>\
            <text:p>inner</text:p></text:list-item></text:list>\
            </text:list-item><text:list-item><text:p>two</text:p><text:p>more</text:p></text:list-item></text:list>
            """
        let document = try read(.odt, body, styles: styles)
        #expect(
            document.text
                == "The title\n\nPart\n\nSome text[1].\n\n1. one\n1.a) inner\n2. two\n\nmore\n\n[1] A note.\n\nComment: Check.")
        #expect(document.headings == ["The title", "Part"])
    }

    @Test func tablesRepeatWhatSpansRows() throws {
        let cell = { (text: String, attributes: String) in "<table:table-cell \(attributes)><text:p>\(text)</text:p></table:table-cell>" }
        let body = """
            <table:table><table:table-header-rows><table:table-row>\(cell("A", ""))\(cell("B", ""))\(cell("C", ""))\
            </table:table-row></table:table-header-rows>
            <table:table-row>\(cell("x", "table:number-rows-spanned=\"2\""))\
            \(cell("wide", "table:number-columns-spanned=\"2\""))<table:covered-table-cell/></table:table-row>
            <table:table-row><table:covered-table-cell/>\(cell("1", ""))\(cell("2", ""))</table:table-row></table:table>
            """
        let document = try read(.odt, body)
        #expect(document.text == "A | B | C\nx | wide\nx | 1 | 2")
        #expect(document.header(of: "x | 1") == "A | B | C")
    }

    @Test func sheetsShowValuesAndBoundRepeats() throws {
        let styles = """
            <style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/></style:style>
            """
        let cell = { (text: String, attributes: String) in
            "<table:table-cell \(attributes)><text:p>\(text)</text:p></table:table-cell>"
        }
        let body = """
            <table:table table:name="Sums">\
            <table:table-row>\(cell("Name", "office:value-type=\"string\""))\(cell("Sum", "office:value-type=\"string\""))\
            <table:table-cell table:number-columns-repeated="16382"/></table:table-row>
            <table:table-row>\(cell("Ann", "office:value-type=\"string\""))\
            \(cell("1.234,50", "office:value-type=\"float\" office:value=\"1234.5\""))</table:table-row>
            <table:table-row>\(cell("Bob", ""))\(cell("12,345", "office:value-type=\"float\" office:value=\"12345\""))</table:table-row>
            <table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/>\
            </table:table-row></table:table>
            <table:table table:name="Gone" table:style-name="ta2"><table:table-row>\(cell("hidden", ""))</table:table-row></table:table>
            """
        let document = try read(.ods, body, styles: styles)
        #expect(document.text == "Sums\n\nName | Sum\nAnn | 1234.50\nBob | 12345")
        #expect(document.parts.map(\.label) == ["Sums", "Gone"])
        #expect(document.header(of: "Bob") == "Name | Sum")
    }

    @Test func slidesHaveTitlesAndNotes() throws {
        let frame = { (role: String, y: Int, content: String) in
            "<draw:frame presentation:class=\"\(role)\" svg:x=\"1cm\" svg:y=\"\(y)cm\">"
                + "<draw:text-box>\(content)</draw:text-box></draw:frame>"
        }
        let body = """
            <draw:page draw:name="p1">\(frame("outline", 8, "<text:p>Below</text:p>"))\(frame("outline", 5, "<text:p>Above</text:p>"))\
            \(frame("title", 6, "<text:p>Heading</text:p>"))\(frame("page-number", 9, "<text:p>1</text:p>"))\
            <presentation:notes>\(frame("notes", 1, "<text:p>Speak.</text:p>"))</presentation:notes></draw:page>
            """
        let document = try read(.odp, body)
        #expect(document.text == "Heading\n\nAbove\n\nBelow\n\nNotes: Speak.")
        #expect(document.parts.map(\.label) == ["Heading"])
    }

    @Test func aPasswordIsReported() {
        let manifest = """
            <manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry \
            manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry></manifest:manifest>
            """
        let error = #expect(throws: ExtractError.self) { try read(.odt, "<text:p>noise</text:p>", manifest: manifest) }
        #expect(error?.code == .encrypted)
    }
}
