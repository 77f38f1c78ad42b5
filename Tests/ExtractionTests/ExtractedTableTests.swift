import Extraction
import Testing

@Suite struct ExtractedTableTests {
    private func tables(_ text: String, _ format: DocumentFormat) throws -> [[[String]]] {
        try Extractor.extract(Array(text.utf8), format: format).tables
    }

    @Test func rowsOfHTML() throws {
        let table = { (cells: String) in "<table><tr>" + cells.split(separator: " ").map { "<td>\($0)</td>" }.joined() + "</tr></table>" }
        #expect(try tables(table("a b c") + "<p>x</p>" + table("d e"), .html) == [[["a", "b", "c"]], [["d", "e"]]])
    }

    @Test func rowsOfMarkdown() throws {
        let text = "| x | y |\n|:--|--:|\n| 1 | a\\|b |\n|  | - |\n\ntext\n\n| z |\n|---|\n| 2 |\n"
        #expect(try tables(text, .markdown) == [[["x", "y"], ["1", "a|b"], ["", "-"]], [["z"], ["2"]]])
    }

    @Test func recordsOfDelimitedText() throws {
        #expect(try tables("a;b\n1;\"x;\"\"y\"\"\"\n2;\n", .csv) == [[["a", "b"], ["1", "x;\"y\""], ["2", ""]]])
    }

    @Test func otherBlocksAreNoTable() throws { #expect(try tables("# a\n\ntext\n", .markdown).isEmpty) }

    /// The promises that documents from workers are held to are those that extraction keeps.
    @Test func extractedDocumentsHaveNoFault() throws {
        for (text, format) in [
            ("# a\n\n- b\n- c\n\n> d\n\n```\ne\n```\n\n| f | g |\n|---|---|\n| h | i |\n", DocumentFormat.markdown),
            ("<title>\u{200B}t</title><h1>a</h1><p>b\u{A0}</p>\u{3000}<ul><li>c</ul><pre> d\n\n e</pre>", .html),
            ("a,b\n1,2\n\n3,4\n", .csv), ("{\"a\": [1, 2]}\n", .json), ("a\u{85}\n\n\u{2003}b\n", .plainText),
        ] {
            let document = try Extractor.extract(Array(text.utf8), format: format)
            #expect(document.fault(ExtractLimits()) == nil, "\(format)")
        }
    }
}
