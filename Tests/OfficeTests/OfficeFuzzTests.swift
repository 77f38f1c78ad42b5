import Extraction
import Office
import TestSupport
import Testing

@Suite struct OfficeFuzzTests {
    private static let documents: [(DocumentFormat, [UInt8])] = {
        let table =
            "<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val=\"2\"/><w:vMerge/></w:tcPr>\(OfficeSamples.paragraph("c"))</w:tc></w:tr></w:tbl>"
        let word = OfficeSamples.docx(
            OfficeSamples.paragraph(
                "One", properties: #"<w:pStyle w:val="Heading1"/><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>"#)
                + table + "<w:p><w:r><w:footnoteReference w:id=\"1\"/><w:br w:type=\"page\"/></w:r></w:p>",
            parts: [
                "numbering":
                    #"<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:start w:val="1"/>"#
                        + #"<w:lvlText w:val="%1."/></w:lvl></w:abstractNum>"#
                        + #"<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>"#,
                "footnotes": "<w:footnote w:id=\"1\">\(OfficeSamples.paragraph("n"))</w:footnote>",
            ])
        let sheet = OfficeSamples.xlsx(
            [("S", "visible", OfficeSamples.rows([["a", "b"], ["1", "45292"]]) + #"<mergeCells><mergeCell ref="A1:A2"/></mergeCells>"#)],
            strings: "<si><t>x</t></si>",
            styles: #"<numFmts><numFmt numFmtId="170" formatCode="yyyy-mm-dd;[Red]0.0#"/></numFmts><cellXfs><xf numFmtId="170"/></cellXfs>"#
        )
        let slides = OfficeSamples.pptx([("", OfficeSamples.shape(["t"], placeholder: #"type="title""#, at: (1, 1)), [])])
        return [(.docx, word), (.xlsx, sheet), (.pptx, slides)]
    }()

    private static let tokens = [
        "w:val=\"", "-1", "99999999999999999999", "<w:tbl>", "</w:tbl>", "<w:tc>", "<w:p>", "</w:p>", "<w:r>", "<w:t>",
        "r=\"ZZZ999999999\"", "<c>", "<v>",
        "s=\"0\"", "<row>", "t=\"s\"", "<![CDATA[", "]]>", "&#x10FFFF;", "&lt;", "<!--", "PK\u{1}\u{2}", "PK\u{5}\u{6}",
        "<mergeCell ref=\"A1:XFD1048576\"/>",
    ]

    /// Mutated archives end in a document or in an error; blocks and parts stay inside of the text.
    @Test func mutatedDocumentsNeverTrap() throws {
        let fuzzing = Fuzzing("office", share: 0.5)
        var read = 0
        try fuzzing.run(corpus: Self.documents.map(\.1), tokens: Self.tokens, maximumBytes: 16_384) { input, number in
            for format in [DocumentFormat.docx, .xlsx, .pptx, .odt, .ods, .odp, .epub] where number % 4 == 0 || Self.isUsual(format) {
                do {
                    let document = try OfficeSamples.read(
                        input, format, limits: ExtractLimits(maxTextBytes: 1 << 20, maxUnpackedBytes: 4 << 20))
                    Self.check(document, fuzzing.note(number))
                    read += 1
                } catch { continue }
            }
            _ = ArchiveDetection.format(input)
        }
        #expect(read > fuzzing.count / 20)
    }

    /// The XML is mutated before it is packed, so that the archive stays whole and the markup does not.
    @Test func mutatedMarkupNeverTraps() throws {
        let fuzzing = Fuzzing("office-markup", share: 0.5)
        let body =
            "<w:p><w:pPr><w:pStyle w:val=\"Heading1\"/></w:pPr><w:r><w:t>a</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>"
        let rows = OfficeSamples.rows([["a", "b"], ["1", "2"]])
        let content =
            "<office:body><text:h>t</text:h><text:list><text:list-item><text:p>x</text:p></text:list-item></text:list></office:body>"
        let table =
            "<table:table><table:table-row table:number-rows-repeated=\"9\">"
            + "<table:table-cell><text:p>x</text:p></table:table-cell></table:table-row></table:table>"
        try fuzzing.run(corpus: [body, rows, content, table].map { Array($0.utf8) }, tokens: Self.tokens) { input, number in
            let markup = String(decoding: input, as: UTF8.self)
            let open = ZipWriter.archive([("content.xml", "<office:document>\(markup)</office:document>")])
            let inputs: [(DocumentFormat, [UInt8])] = [
                (.docx, OfficeSamples.docx(markup)), (.xlsx, OfficeSamples.xlsx([("s", "visible", markup)])), (.odt, open), (.ods, open),
                (.odp, open),
            ]
            for (format, bytes) in inputs {
                do {
                    let document = try OfficeSamples.read(bytes, format, limits: ExtractLimits(maxTextBytes: 1 << 20))
                    Self.check(document, fuzzing.note(number))
                } catch { continue }
            }
        }
    }

    private static func isUsual(_ format: DocumentFormat) -> Bool { [.docx, .xlsx, .pptx].contains(format) }

    private static func check(_ document: ExtractedDocument, _ note: String) {
        let size = document.text.utf8.count
        var end = 0
        for block in document.blocks {
            #expect(block.range.lowerBound >= end && block.range.upperBound <= size, "\(note)")
            end = block.range.upperBound
        }
        end = 0
        for part in document.parts {
            #expect(part.range.lowerBound >= end && part.range.upperBound <= size, "\(note)")
            end = max(end, part.range.upperBound)
        }
    }

    @Test func doubledDocumentsCostTwiceAsMuch() throws {
        let words = try Growth.ofEightfold(
            from: 200, making: { OfficeSamples.docx(String(repeating: OfficeSamples.paragraph("Some text of a paragraph."), count: $0)) },
            { _ = try OfficeSamples.read($0, .docx) })
        #expect(words < 24)
        let rows = try Growth.ofEightfold(
            from: 200, making: { OfficeSamples.xlsx([("s", "visible", OfficeSamples.rows((0..<$0).map { ["Name\($0)", "\($0)", ""] }))]) },
            { _ = try OfficeSamples.read($0, .xlsx) })
        #expect(rows < 24)
    }
}
