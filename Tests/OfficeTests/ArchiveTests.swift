import Extraction
import Office
import Testing

/// Detection of a format as tests write it.
enum ArchiveDetection {
    static func format(_ bytes: [UInt8]) -> DocumentFormat? { ArchiveFormat.detect(FileBytes(bytes)) }
}

@Suite struct ArchiveTests {
    private func code(_ bytes: [UInt8], _ format: DocumentFormat = .docx, limits: ExtractLimits = ExtractLimits()) -> ExtractError.Code? {
        do {
            _ = try OfficeSamples.read(bytes, format, limits: limits)
            return nil
        } catch { return error.code }
    }

    @Test func formatsAreDetectedByContent() {
        #expect(ArchiveDetection.format(OfficeSamples.docx(OfficeSamples.paragraph("x"))) == .docx)
        #expect(ArchiveDetection.format(OfficeSamples.xlsx([("a", "visible", "")])) == .xlsx)
        #expect(ArchiveDetection.format(OfficeSamples.pptx([("", "", [])])) == .pptx)
        #expect(ArchiveDetection.format(ZipWriter.archive([("readme.txt", "x")])) == nil)
        #expect(ArchiveDetection.format(Array("PK, but no archive".utf8)) == nil)
        #expect(ArchiveDetection.format([]) == nil)
    }

    @Test func damagedArchivesAreMalformed() {
        let whole = OfficeSamples.docx(OfficeSamples.paragraph("text"))
        #expect(code(Array(whole.prefix(whole.count * 2 / 3))) == .malformed)
        #expect(code(Array("no archive at all".utf8)) == .malformed)
        #expect(code([]) == .malformed)
        #expect(code(ZipWriter.archive([("other.xml", "<a/>")])) == .malformed)
    }

    @Test func passwordsAreReported() {
        #expect(code([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1] + Array(repeating: 0, count: 600)) == .encrypted)
        var writer = ZipWriter()
        writer.add("word/document.xml", Array("noise".utf8), flags: 1)
        #expect(code(writer.finished()) == .encrypted)
    }

    @Test func bombsAreTooLarge() {
        var writer = ZipWriter()
        let size = 1 + 258 * 20_000
        writer.add("word/document.xml", Array(repeating: 0x20, count: size), deflated: ZipWriter.deflated(0x20, repeats: 20_000))
        #expect(code(writer.finished(), limits: ExtractLimits(maxUnpackedBytes: 1 << 20)) == .tooLarge)
        #expect(code(OfficeSamples.docx(OfficeSamples.paragraph("much text")), limits: ExtractLimits(maxTextBytes: 4)) == .tooLarge)
    }

    @Test func entitiesAreNotExpanded() throws {
        let entities = (1...9).map { "<!ENTITY e\($0) \"\(String(repeating: "&e\($0 - 1);", count: 10))\">" }.joined()
        let document = """
            <?xml version="1.0"?><!DOCTYPE d [<!ENTITY e0 "laugh"><!ENTITY file SYSTEM "file:///etc/hostname">\(entities)]>
            <w:document xmlns:w="\(OfficeSamples.word)">\
            <w:body>\(OfficeSamples.paragraph("Before &e9; &file;"))\
            \(OfficeSamples.paragraph("after &amp; &#65;"))</w:body></w:document>
            """
        let text = try OfficeSamples.read(ZipWriter.archive([("word/document.xml", document)]), .docx).text
        #expect(text.contains("Before") && text.contains("after & A"))
        #expect(!text.contains("laugh") && text.utf8.count < 100)
    }

    @Test func deepMarkupIsMalformed() {
        let deep = String(repeating: "<w:tbl><w:tr><w:tc>", count: 500)
        #expect(code(OfficeSamples.docx(deep)) == .malformed)
    }

    @Test func manyAttributesAndLongNamesCostLittle() throws {
        let attributes = (0..<20_000).map { "a\($0)=\"\"" }.joined(separator: " ")
        let wide = "<w:document xmlns:w=\"\(OfficeSamples.word)\"><w:body \(attributes)/></w:document>"
        #expect(code(ZipWriter.archive([("word/document.xml", wide)])) == .malformed)
        let marks = String(repeating: "\u{301}\u{323}", count: 50_000)
        let styled = OfficeSamples.paragraph("Text.", properties: "<w:pStyle w:val=\"\(marks)\"/>")
        #expect(try OfficeSamples.read(OfficeSamples.docx(styled), .docx).text == "Text.")
    }

    @Test func smallDamageIsTolerated() throws {
        let document = "<w:document xmlns:w=\"\(OfficeSamples.word)\"><w:body>\(OfficeSamples.paragraph("Found."))</w:body></w:document>"
        #expect(try OfficeSamples.read(ZipWriter.archive([("Word\\Document.xml", document)]), .docx).text == "Found.")
        let truncated = String(document.prefix(document.utf8.count - 25))
        #expect(try OfficeSamples.read(ZipWriter.archive([("word/document.xml", truncated)]), .docx).text == "Found.")
        #expect(
            try OfficeSamples.read(ZipWriter.archive([("./word/document.xml", document), ("../../etc/x.xml", "<a/>")]), .docx).text
                == "Found.")
    }
}
