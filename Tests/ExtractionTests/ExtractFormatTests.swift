import Extraction
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
        Case("application/x-www-form-urlencoded", "a.md", "x", .markdown), Case("image/png", "a.csv", "x\u{0}y", nil),
        Case("text/plain", "a.csv", "x,y", .csv), Case("text/plain", "a.json", "{}", .json), Case("application/pdf", "a", "x", nil),
        Case("image/svg+xml", nil, "<svg/>", nil),
        Case("text/rtf", nil, "x", nil), Case("nonsense", "a.txt", "x", nil), Case("a/b/c", "a.txt", "x", nil),
        Case("application/vnd.openxmlformats-officedocument.wordprocessingml.document", nil, "x", nil),
        Case("text/plain", "a.txt", "%PDF-1.7", nil), Case("text/plain", "a.txt", " \n%PDF-1.7", nil),
        Case("text/markdown", "a.md", "PK\u{3}\u{4}rest", nil), Case(nil, "a.txt", "GIF89a", nil),
        Case(nil, "a.txt", "\u{7F}ELF", nil), Case(nil, "a.txt", "{\\rtf1", nil), Case(nil, "a.pdf", "x", nil),
        Case(nil, "a.docx", "x", nil), Case(nil, nil, "a\u{0}\u{1}\u{2}b\u{0}\u{0}", nil),
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

    @Test(
        arguments: [
            [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], [0xFF, 0xD8, 0xFF, 0xE0], [0x1F, 0x8B, 8],
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

    @Test func mediaTypesAreRead() {
        #expect(MediaType("Text/HTML ; charset=\"UTF-8\"")?.essence == "text/html")
        #expect(MediaType("text/html;charset=utf-8")?.charset == "utf-8")
        for bad in ["", "text", "text/", "/html", "text/html;x", "a b/c", "text/html; a=\"", "text/html; a=1; a=2"] {
            #expect(MediaType(bad) == nil, "\(bad)")
        }
    }
}
