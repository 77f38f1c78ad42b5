import Extraction
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ExtractFormatTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let type: String?, name: String?, content: String
        /// `nil` if the input must be rejected.
        let want: DocumentFormat?
        var testDescription: String { "\(type ?? "-") \(name ?? "-") \(content.prefix(12))" }

        init(_ type: String?, _ name: String?, _ content: String, _ want: DocumentFormat?) {
            (self.type, self.name, self.content, self.want) = (type, name, content, want)
        }
    }

    static let cases = [
        Case("text/plain", nil, "x", .plainText), Case("text/plain; charset=utf-8", "a.txt", "x", .plainText),
        Case("text/plain", "README.md", "x", .markdown), Case("text/csv", "a.csv", "x", .csv),
        Case("text/x-rust", nil, "x", .plainText), Case("application/json", nil, "{}", .json),
        Case("application/vnd.api+json", nil, "{}", .json), Case("text/markdown", nil, "x", .markdown),
        Case("TEXT/HTML; Charset=\"utf-8\"", nil, "x", .html), Case("application/xhtml+xml", nil, "x", .xhtml),
        Case("text/html", "a.txt", "x", .html),
        Case(nil, "a.md", "x", .markdown), Case(nil, "a.MARKDOWN", "x", .markdown), Case(nil, "a.htm", "x", .html),
        Case("application/octet-stream", "a.rs", "x", .plainText), Case("", "a.json", "x", .json),
        Case(nil, "archive.tar.log", "x", .plainText), Case(nil, nil, "some text", .plainText),
        Case(nil, "unknown.zzz", "some text", .plainText), Case(nil, nil, "\n <!DOCTYPE html><p>", .html),
        Case(nil, "page", "<HTML><p>", .html), Case(nil, ".gitignore", "build", .plainText),
        Case("application/pdf", "a.txt", "x", .plainText), Case("application/vnd.ms-excel", "a.csv", "x,y", .csv),
        Case("application/x-shellscript", "a.sh", "x", .plainText), Case("video/mp2t", "a.ts", "x", .plainText),
        Case("application/x-httpd-php", "a.php", "x", .plainText), Case("application/x-jsonlines", "a.jsonl", "{}", .json),
        Case("application/vnd.lotus-organizer", "a.org", "x", .plainText), Case("application/x-www-form-urlencoded", nil, "x", .plainText),
        Case("application/x-www-form-urlencoded", "a.md", "x", .markdown), Case("image/png", "a.csv", "x\u{0}y", .csv),
        Case("text/plain", "a.csv", "x,y", .csv), Case("text/plain", "a.json", "{}", .json),
        Case("image/svg+xml", nil, "<svg/>", .svg), Case("nonsense", "a.txt", "x", .plainText), Case("a/b/c", "a.txt", "x", .plainText),
        Case("text/plain", "a.txt", "%PDF-1.7", .pdf), Case("text/plain", "a.txt", " \n%PDF-1.7", .pdf),
        Case("application/pdf", "a.bin", "junk before\n%PDF-1.7", .pdf), Case(nil, nil, "junk before\n%PDF-1.7", .pdf),
        Case(nil, "a.py", "mark =\\\n%PDF-1.7", .plainText), Case(nil, nil, "A PDF begins with %PDF-1.7.", .plainText),
        Case("text/markdown", "a.md", "PK\u{3}\u{4}rest", nil), Case("application/pdf", "a.docx", "PK\u{3}\u{4}rest", .docx),
        Case("text/plain", "a.txt", "GIF89a", .image), Case(nil, "a.txt", "{\\rtf1", .rtf), Case(nil, "a.doc", "{\\rtf1", .rtf),
        Case("application/rls-services+xml", "a.rs", "fn kettle() -> u32 { 12 }", .plainText), Case("application/xml", nil, "x", .plainText),
        Case(nil, "a.txt", "\u{7F}ELF", nil), Case(nil, "a.zip", "x", nil), Case("video/mp4", "a", "x", nil),
        Case(nil, nil, "a\u{0}\u{1}\u{2}b\u{0}\u{0}", nil),
        Case("application/xml", nil, "<a/>", .xml), Case("text/xml", nil, "<?xml version='1.0'?><svg:svg>", .svg),
        Case(nil, "a.xml", "<html xmlns='http://www.w3.org/1999/xhtml'>", .xml), Case(nil, nil, "<?xml version='1.0'?><a b='c'>", .xml),
        Case(nil, "a.xml", "<?xml version='1.0'?>\n<!-- x --><!DOCTYPE html [<!ENTITY a 'b'>]><html>", .xhtml),
        Case(nil, nil, "<feed><title>x</title></feed>\n", .xml), Case(nil, nil, "<p>x</p>", .plainText), Case(nil, nil, "a <b", .plainText),
        Case("application/json", "a.ipynb", "{}", .notebook), Case(nil, nil, #"{"cells": [], "nbformat": 4}"#, .notebook),
        Case(nil, nil, #"{"a": [1]}"#, .json), Case(nil, nil, "{\"a\": 1}\n{\"a\": 2}\n", .json), Case(nil, nil, "[1] A note.", .plainText),
        Case(nil, nil, "[link](x)", .plainText), Case("text/plain", "a.eml", "From: x", .eml), Case("message/rfc822", nil, "x", .eml),
        Case(nil, nil, "Received: x\r\n y\r\nFrom: a\r\nTo: b\r\nSubject: c\r\n\r\nd", .eml), Case(nil, nil, "From: here\n", .plainText),
        Case(nil, "inbox", "From a@b Mon Jan  1 10:00:00 2024\nFrom: x\n\ny", .mbox),
        Case(nil, nil, "From here on\nall is well", .plainText),
        Case(nil, nil, "a,b,c\n1,2,3\n4,5,6\n", .csv), Case(nil, nil, "Well, now, then\nWe, you, they\nOne, two, three\n", .plainText),
        Case("application/vnd.ms-excel", "a.xls", "a\tb\n1\t2\n3\t4\n", .csv), Case(nil, "a.xls", "<html><table>", .html),
        Case(nil, "a.doc", "plain words", .plainText), Case(nil, "a.pdf", "<!doctype html><p>not found", .html),
        Case("text/plain", "a.txt", "MZ is a country code", .plainText), Case(nil, "a.txt", "ID3 is a tag", .plainText),
    ]

    @Test(arguments: cases) func detects(_ test: Case) throws {
        let bytes = Array(test.content.utf8)
        guard let want = test.want else {
            let error = #expect(throws: ExtractError.self) {
                try DocumentFormat.detect(contentType: test.type, fileName: test.name, bytes: bytes)
            }
            #expect(error?.code == .unsupportedMediaType)
            for name in DocumentFormat.supportedMediaTypes { #expect(error?.detail.contains(name) == true) }
            return
        }
        #expect(try DocumentFormat.detect(contentType: test.type, fileName: test.name, bytes: bytes) == want)
    }

    @Test(arguments: ["a.pdf", "a.docx", "a.rtf", "a.png", "a.msg"]) func aNameWithoutTheSignatureIsNotEnough(_ name: String) {
        for bytes in [Array("words".utf8), [1, 0, 2]] {
            let error = #expect(throws: ExtractError.self) { try DocumentFormat.detect(contentType: nil, fileName: name, bytes: bytes) }
            #expect(error?.code == .malformed)
        }
    }

    @Test(arguments: ["application/pdf", "text/rtf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"])
    func aDeclarationWithoutTheSignatureIsNotEnough(_ type: String) {
        let error = #expect(throws: ExtractError.self) {
            try DocumentFormat.detect(contentType: type, fileName: "a", bytes: Array("x".utf8))
        }
        #expect(error?.code == .malformed)
    }

    @Test(
        arguments: [
            [0x1F, 0x8B, 8],
            [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], [0, 0, 0, 0x20, 0x66, 0x74, 0x79, 0x70, 0x6D, 0x70],
        ] as [[UInt8]])
    func bytesCountForMoreThanTheDeclaredType(_ magic: [UInt8]) {
        for count in 0...magic.count {
            // A truncated signature must not trap; the whole signature must be rejected.
            let bytes = Array(magic.prefix(count))
            let format = try? DocumentFormat.detect(contentType: "text/plain", fileName: "a.txt", bytes: bytes)
            if count == magic.count { #expect(format == nil) }
        }
    }

    @Test(
        arguments: [
            [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], [0xFF, 0xD8, 0xFF, 0xE0], [0x49, 0x49, 0x2A, 0x00],
            Array("RIFF\u{1}\u{0}\u{0}\u{0}WEBP".utf8),
            Array("BM".utf8) + [99, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0] + [UInt8](repeating: 0, count: 10),
        ] as [[UInt8]])
    func imagesAreKnownByTheirFirstBytes(_ bytes: [UInt8]) throws {
        #expect(try DocumentFormat.detect(contentType: "text/plain", fileName: "a.txt", bytes: bytes) == .image)
    }

    @Test(
        arguments: [
            ("word/document.xml", DocumentFormat.docx), ("xl/workbook.xml", .xlsx), ("ppt/presentation.xml", .pptx),
            ("META-INF/container.xml", .epub), ("readme.txt", nil),
        ] as [(String, DocumentFormat?)])
    func archivesAreKnownByTheirEntries(_ name: String, _ want: DocumentFormat?) {
        let archive = StoredArchive.bytes([("[Content_Types].xml", "x"), (name, "y")])
        #expect((try? DocumentFormat.detect(contentType: "text/plain", fileName: "a.txt", bytes: archive)) == want)
        // Without the central directory, the local headers tell.
        let truncated = Array(archive.prefix(archive.count - 60))
        #expect((try? DocumentFormat.detect(contentType: nil, fileName: "a.bin", bytes: truncated)) == want)
    }

    @Test(
        arguments: [
            ("application/vnd.oasis.opendocument.text", DocumentFormat.odt), ("application/vnd.oasis.opendocument.text-template", .odt),
            ("application/vnd.oasis.opendocument.spreadsheet", .ods), ("application/vnd.oasis.opendocument.presentation", .odp),
            ("application/epub+zip", .epub), ("application/vnd.oasis.opendocument.graphics", nil),
        ] as [(String, DocumentFormat?)])
    func archivesAreKnownByTheirMediaType(_ type: String, _ want: DocumentFormat?) {
        let archive = StoredArchive.bytes([("mimetype", type), ("content.xml", "<a/>")])
        #expect((try? DocumentFormat.detect(contentType: nil, fileName: nil, bytes: archive)) == want)
    }

    @Test(
        arguments: [
            ("WordDocument", DocumentFormat.doc), ("Workbook", .xls), ("PowerPoint Document", .ppt), ("__properties_version1.0", .msg),
            ("Contents", nil),
        ] as [(String, DocumentFormat?)])
    func compoundFilesAreKnownByTheirStreams(_ name: String, _ want: DocumentFormat?) {
        let file = CompoundFileBuilder.bytes([.stream(name, [1, 2, 3])])
        #expect((try? DocumentFormat.detect(contentType: "text/plain", fileName: "a.txt", bytes: file)) == want)
    }

    @Test func anEncryptedOfficeFileIsCalledSo() {
        let file = CompoundFileBuilder.bytes([.stream("EncryptionInfo", [1]), .stream("EncryptedPackage", [2])])
        let error = #expect(throws: ExtractError.self) { try DocumentFormat.detect(contentType: nil, fileName: "a.docx", bytes: file) }
        #expect(error?.code == .encrypted)
    }

    @Test(arguments: [("a.docx", ExtractError.Code.malformed), ("a.epub", .malformed), ("a.zip", .unsupportedMediaType)])
    func anArchiveOfOtherThingsIsNoOfficeFile(_ name: String, _ code: ExtractError.Code) {
        let file = StoredArchive.bytes([("notes/a.txt", "text")])
        let error = #expect(throws: ExtractError.self) { try DocumentFormat.detect(contentType: nil, fileName: name, bytes: file) }
        #expect(error?.code == code)
    }

    /// Detection of damaged files neither traps nor takes a format that no signature shows.
    @Test func damagedContainersAreDetectedOrRefused() throws {
        let corpus = [
            StoredArchive.bytes([("mimetype", "application/epub+zip"), ("word/document.xml", "y")]),
            CompoundFileBuilder.bytes([.stream("WordDocument", [UInt8](repeating: 7, count: 5000)), .stream("x", [1])]),
            Array("%PDF-1.7".utf8), Array("<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>".utf8),
            Array("From: a\nTo: b\nDate: c\n\n".utf8),
        ]
        try Fuzzing("detection").run(
            corpus: corpus, tokens: ["PK\u{5}\u{6}", "PK\u{1}\u{2}", "<!--", "<![", "From ", "\n"], maximumBytes: 8192
        ) { input, _ in
            _ = try? DocumentFormat.detect(contentType: nil, fileName: nil, bytes: input)
        }
    }

    @Test func mediaTypesAreRead() {
        #expect(MediaType("Text/HTML ; charset=\"UTF-8\"")?.essence == "text/html")
        #expect(MediaType("text/html;charset=utf-8")?.charset == "utf-8")
        for bad in ["", "text", "text/", "/html", "text/html;x", "a b/c", "text/html; a=\"", "text/html; a=1; a=2"] {
            #expect(MediaType(bad) == nil, "\(bad)")
        }
    }
}
