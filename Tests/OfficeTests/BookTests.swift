import Extraction
import Testing

@Suite struct BookTests {
    private static let container = """
        <container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>\
        <rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>
        """

    private func book(_ others: [(name: String, content: String)] = []) -> [UInt8] {
        let item = { (id: String, path: String, properties: String) in
            "<item id=\"\(id)\" href=\"\(path)\" media-type=\"application/xhtml+xml\" properties=\"\(properties)\"/>"
        }
        let package = """
            <package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">\
            <dc:title>A Book</dc:title></metadata>\
            <manifest>\(item("nav", "nav.xhtml", "nav"))\(item("b", "text/b%20c.xhtml", ""))\
            \(item("a", "a.xhtml", ""))\(item("gone", "gone.xhtml", ""))</manifest>\
            <spine><itemref idref="nav"/><itemref idref="b"/><itemref idref="a"/><itemref idref="gone"/></spine></package>
            """
        let page = { (title: String) in
            "<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\"><body>"
                + "<h1>\(title)</h1><p>Text of \(title).</p></body></html>"
        }
        return ZipWriter.archive(
            [
                ("mimetype", "application/epub+zip"), ("META-INF/container.xml", Self.container), ("OEBPS/book.opf", package),
                ("OEBPS/a.xhtml", page("Second")), ("OEBPS/text/b c.xhtml", page("First")), ("OEBPS/nav.xhtml", page("Contents")),
            ] + others)
    }

    @Test func pagesFollowTheSpine() throws {
        let document = try OfficeSamples.read(book(), .epub)
        #expect(document.text == "First\n\nText of First.\n\nSecond\n\nText of Second.")
        #expect(document.title == "A Book")
        #expect(document.headings == ["First", "Second"])
        #expect(ArchiveDetection.format(book()) == .epub)
    }

    @Test func protectedPagesAreReportedAndObfuscatedFontsAreNot() throws {
        let encryption = { (path: String) in
            """
            <encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" \
            xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData>\
            <enc:CipherData><enc:CipherReference URI="\(path)"/></enc:CipherData></enc:EncryptedData></encryption>
            """
        }
        let error = #expect(throws: ExtractError.self) {
            try OfficeSamples.read(book([("META-INF/encryption.xml", encryption("OEBPS/a.xhtml"))]), .epub)
        }
        #expect(error?.code == .encrypted)
        #expect(try OfficeSamples.read(book([("META-INF/encryption.xml", encryption("OEBPS/font.otf"))]), .epub).title == "A Book")
    }
}
