import Extraction
import TestSupport
import Testing

/// Extraction of hostile files: no traps, valid documents, time proportional to the size.
@Suite struct ExtractFuzzTests {
    private static func corpus(_ format: DocumentFormat) -> [[UInt8]] {
        (0..<24 as Range<UInt64>).map { seed in
            var documents = RandomDocuments(seed: seed)
            let text: String =
                switch format {
                case .html, .xhtml: documents.html() + documents.table(format)
                case .csv, .json: documents.table(format)
                default: documents.markdown() + "\n\n" + documents.table(format)
                }
            return Array(text.utf8.prefix(1500))
        }
    }

    private static let tokens: [DocumentFormat: [String]] = [
        .plainText: ["\n", "\n\n", "\r\n", ". ", "\t", "\u{2028}", "\u{200B}", "a\u{301}\u{323}"],
        .markdown: [
            "# ", "###### ", "- ", "1. ", "> ", "```", "~~~", "    ", "| a | b |\n", "|---|---|\n", "\n", "\n\n", "---\n", "===\n", "+++\n",
            "...\n",
            "title: ", "[", "](", "][", ")", "![", "*", "**", "_", "`", "<b>", "<!--", "-->", "\\", "{#id}", "title: >\n",
        ],
        .csv: [",", ";", "\t", "|", "\"", "\"\"", "\n", "\r\n", "a", "1", "sep=;\n", " \"", ",,,\n"],
        .json: ["{", "}", "[", "]", ",", ":", "\"", "\\", "\n", "1", "null", "},{", "\"a\":", "\u{2028}"],
        .xhtml: [
            "<![CDATA[", "]]>", "<p/>", "<?a", "?>", "<!DOCTYPE a [", "]>", "&lt;", "<title>", "</title>", "<script>", "<td rowspan=2>",
        ],
        .html: [
            "<p>", "</p>", "<div>", "</div>", "<b>", "</i>", "<table><tr><td>", "<ul><li>", "<!--", "-->", "<script>", "</script>",
            "<title>",
            "<textarea>", "<![CDATA[", "<a href='", "style=\"display:none\"", " hidden", " class=noprint", "&amp;", "&#x1F600;", "&#0;",
            "&", "<", ">",
            "<meta charset=utf-16>", "<?xml version='1.0'?>", "<svg/>", "<pre>", "<h1>", "</h2>", "<dialog open>", " role=main", "=", "\"",
            "'",
        ],
    ]

    @Test(arguments: DocumentFormat.texts) func everyFileIsADocumentOrAnError(format: DocumentFormat) throws {
        let fuzzing = Fuzzing("extract-\(format.rawValue)")
        let charsets: [String?] = [nil, nil, nil, "utf-8", "utf-16le", "utf-16", "windows-1252", "koi8-r"]
        try fuzzing.run(corpus: Self.corpus(format), tokens: Self.tokens[format] ?? []) { input, number in
            _ = outcome(input, format, charset: charsets[number % charsets.count], "\(fuzzing.note(number))")
        }
    }

    /// The text that is repeated to make a hostile file of each format.
    private static let pieces: [(DocumentFormat, String, String)] = [
        (.markdown, "# ", "["), (.markdown, "# ", "[a]("), (.markdown, "# ", "]["), (.markdown, "# ", "*_"), (.markdown, "", "[[a](\n"),
        (.markdown, "", "*a _b "), (.markdown, "", "- "), (.markdown, "", "- a\n"), (.markdown, "", "> "), (.markdown, "", "> a\n"),
        (.markdown, "", "```\n"), (.markdown, "", "`"), (.markdown, "", "|a"), (.markdown, "", "| a |\n|---|\n"),
        (.markdown, "", "a\n===\n"),
        (.markdown, "", "# a\n"), (.markdown, "", "1. a\n   "), (.markdown, "", "    a\n\n"), (.markdown, "---\n", "a: b\n"),
        (.markdown, "---\n", "a"), (.markdown, "---\ntitle: ", "\u{301}\u{323}"), (.markdown, "---\n", "\u{301}\u{323}:"),
        (.markdown, "", "<b"), (.markdown, "", "<!--"), (.markdown, "", "\\"), (.markdown, "a", "\u{301}\u{323}"),
        (.html, "", "<p>a"), (.html, "", "<b>"), (.html, "", "<b></i>"), (.html, "", "<!--"), (.html, "", "<a b=c "),
        (.html, "<p ", "a=b "),
        (.html, "<p style='", ";display:none"), (.html, "<p class='", "a\u{301}\u{323} "), (.html, "<p style='", "a\u{301}\u{323}"),
        (.html, "", "<p style='\u{301}\u{323}\u{301}\u{323}\u{301}\u{323}:none'>"), (.html, "", "<x\u{301}\u{323}>"), (.html, "", "&amp;"),
        (.html, "", "<table><tr><td>"), (.html, "", "<li>x"), (.html, "", "</div>"), (.html, "", "<meta charset="), (.html, "", "<script>"),
        (.html, "<p>a", "\u{301}\u{323}"), (.html, "<title>", "\u{301}\u{323}"),
        (.plainText, "", "a\n\n"), (.plainText, "", "a. "), (.plainText, "a", "\u{301}\u{323}"), (.plainText, "", "\u{200B}"),
        (.plainText, "", "\r"), (.markdown, "", "- ```\nx\n"), (.markdown, "", "a | b\n"), (.markdown, "", "- - - "),
        (.html, "", "<ruby>a<rt>b"), (.html, "", "<sup>1"),
        (.html, "", "<del>a</del>b"), (.html, "<table>", "<tbody><tr><td rowspan=9>a"), (.csv, "", "a,b\n"), (.csv, "", "\"a\n"),
        (.csv, "", "a;\"b,\n"), (.csv, "", ","),
        (.json, "", "["), (.json, "", "{\"a\":1},"), (.json, "", "1,"), (.xhtml, "<?xml version='1.0'?>", "<![CDATA["),
        (.xhtml, "<?xml version='1.0'?>", "<?a>"),
        (.xhtml, "<?xml version='1.0'?><script>", "<![CDATA[x"), (.xhtml, "<?xml version='1.0'?>", "<!DOCTYPE ["),
    ]

    @Test(arguments: pieces) func extractionIsLinear(format: DocumentFormat, opening: String, piece: String) {
        let ratio = Growth.ofEightfold(
            making: { Array((opening + String(repeating: piece, count: $0) + "\n---\nend").utf8) },
            { bytes in
                let document = try? Extractor.extract(bytes, format: format)
                withExtendedLifetime(document) {}
            })
        #expect(ratio < 24, "\(format) \(opening)\(piece)")
    }
}
