import Extraction
import Foundation
import TestSupport
import Testing

/// Invariants of every extracted document.
func expectSound(_ document: ExtractedDocument, _ note: Comment, sourceLocation: SourceLocation = #_sourceLocation) {
    let utf8 = Array(document.text.utf8)
    #expect(!utf8.contains(0) && !utf8.contains(0x0D), note, sourceLocation: sourceLocation)
    #expect(!document.blocks.isEmpty, note, sourceLocation: sourceLocation)
    var end = 0
    var covered = [Bool](repeating: false, count: utf8.count)
    for block in document.blocks {
        let range = block.range
        guard range.lowerBound >= end, range.upperBound <= utf8.count, !range.isEmpty,
            String(validating: utf8[range], as: UTF8.self) != nil
        else {
            Issue.record("\(note): block \(block) after \(end) of \(utf8.count)", sourceLocation: sourceLocation)
            return
        }
        end = range.upperBound
        for i in range { covered[i] = true }
    }
    let uncovered = zip(utf8, covered).filter { !$1 }.map(\.0)
    let rest = String(decoding: uncovered, as: UTF8.self)
    #expect(rest.unicodeScalars.allSatisfy { $0.properties.isWhitespace }, note, sourceLocation: sourceLocation)
    if let title = document.title {
        #expect(!title.isEmpty && title.unicodeScalars.count <= 300 && !title.contains("\n"), sourceLocation: sourceLocation)
    }
}

/// Returns the error, or `nil` if there was text, which must be valid.
func outcome(
    _ bytes: [UInt8], _ format: DocumentFormat, charset: String? = nil, limits: ExtractLimits = ExtractLimits(),
    _ note: Comment = "", sourceLocation: SourceLocation = #_sourceLocation
) -> ExtractError? {
    do {
        let document = try Extractor.extract(bytes, format: format, declaredCharset: charset, limits: limits)
        expectSound(document, note, sourceLocation: sourceLocation)
        return nil
    } catch {
        return error
    }
}

extension ExtractedDocument {
    /// The kind and text of each block.
    var outline: [String] {
        let utf8 = Array(text.utf8)
        return blocks.map { block in
            let name =
                switch block.kind {
                case .heading(let level): "h\(level)"
                case .record: "record"
                case .json: "json"
                case .paragraph: "p"
                case .listItem: "li"
                case .code: "code"
                case .tableRow: "row"
                case .quote: "quote"
                }
            return "\(name): \(String(decoding: utf8[block.range], as: UTF8.self))"
        }
    }
}

/// Generates documents with all kinds of blocks, in several scripts, from a seed.
struct RandomDocuments {
    var rng: SplitMix64

    init(seed: UInt64) { rng = SplitMix64(seed: seed) }

    private static let words = [
        "duck", "water", "The", "near", "3.14", "e.g.", "café", "naïve", "Ärger", "wing", "U.S.", "a", "of", "feather",
        "Δοκιμή", "слово", "検索", "服务。", "질문", "👩‍💻", "שלום", "x_y", "f(x)", "end.", "Why?", "Stop!", "“quoted.”", "—",
        "\u{A0}", "http://example.org/a?b=c&d", String(repeating: "long", count: 40),
    ]

    mutating func words(_ count: Int) -> String {
        (0..<count).map { _ in Self.words.randomElement(using: &rng) ?? "" }.joined(separator: " ")
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &rng) }

    mutating func markdown() -> String {
        (0..<number(1...40)).map { _ in
            switch number(0...9) {
            case 0, 1: return String(repeating: "#", count: number(1...6)) + " " + words(number(1...6))
            case 2: return words(number(1...5)) + "\n" + String(repeating: number(0...1) == 0 ? "=" : "-", count: number(1...5))
            case 3: return "```swift\n" + (0..<number(0...20)).map { _ in words(number(0...6)) }.joined(separator: "\n") + "\n```"
            case 4: return (0..<number(1...8)).map { _ in "- " + words(number(0...20)) }.joined(separator: "\n")
            case 5:
                return "| a | b |\n|---|---|\n" + (0..<number(0...9)).map { _ in "| \(words(2)) | \(words(3)) |" }.joined(separator: "\n")
            case 6: return (0..<number(1...4)).map { _ in "> " + words(number(1...12)) }.joined(separator: "\n")
            case 7: return "    " + words(number(1...10))
            default: return words(number(1...400))
            }
        }.joined(separator: String(repeating: "\n", count: number(1...3)))
    }

    mutating func html() -> String {
        let tags = [
            "p", "div", "h1", "h2", "h3", "ul", "ol", "li", "table", "tr", "td", "b", "span", "pre", "blockquote", "main", "nav",
            "header", "section", "a", "x-y", "noscript", "svg", "dl", "dt", "dd", "title", "br", "form", "option", "script",
        ]
        var html = number(0...1) == 0 ? "<!doctype html><title>T</title>" : ""
        for _ in 0..<number(1...200) {
            let tag = tags.randomElement(using: &rng) ?? "p"
            switch number(0...5) {
            case 0, 1: html += "<\(tag)>"
            case 2: html += "</\(tag)>"
            case 3: html += "<\(tag) hidden class='a b' style=\"display:none\">"
            default: html += words(number(0...12)) + ["", "&amp;", "&eacute;", "&#150;", "<", "&", "\n"][number(0...6)]
            }
        }
        return html + "<p>last words"
    }

    /// Returns a table in Markdown, HTML or delimited text, or records in JSON.
    mutating func table(_ format: DocumentFormat) -> String {
        let (rows, columns) = (number(1...30), number(1...8))
        let cells = (0..<rows).map { _ in (0..<columns).map { _ in words(number(0...4)) } }
        switch format {
        case .html, .xhtml:
            let spans = ["", " rowspan=2", " colspan=3", " rowspan=0 colspan=2"]
            return "<table>" + cells.map { "<tr>" + $0.map { "<td\(spans[number(0...3)])>\($0)</td>" }.joined() }.joined() + "</table>"
        case .csv:
            let delimiter = [",", ";", "\t", "|"][number(0...3)]
            return cells.map { row in row.map { number(0...2) == 0 ? "\"\($0)\n\"" : $0 }.joined(separator: delimiter) }.joined(
                separator: "\n")
        case .json:
            let records = cells.map { "{" + $0.enumerated().map { "\"k\($0)\": \"\($1)\"" }.joined(separator: ", ") + "}" }
            return number(0...1) == 0 ? records.joined(separator: "\n") : "{\"a\": [1, [\(records.joined(separator: ", "))]]}"
        default: return cells.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
        }
    }

    /// Returns the bytes with one to four of them changed, or truncated.
    mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        guard !bytes.isEmpty else { return bytes }
        if number(0...2) == 0 { return Array(bytes.prefix(number(0...bytes.count - 1))) }
        var bytes = bytes
        for _ in 0..<number(1...4) { bytes[number(0...bytes.count - 1)] = UInt8(number(0...255)) }
        return bytes
    }
}
