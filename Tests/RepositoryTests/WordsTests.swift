import Foundation
import TestSupport
import Testing

/// Texts for users and readers use the field's terms: one word for one thing.
@Suite struct WordsTests {
    /// Wordings that had been used instead of a term, as regular expressions, and the term.
    static let wordings: [(String, term: String)] = [
        ("upkeep", "maintenance"), ("left alone", "circuit breaker open"), ("out of order", "unavailable"),
        ("(made|makes?|begins?) anew", "rebuild"), ("given again|answered once|equal questions", "response cache"),
        ("reading along", "coalesced request"), ("asks? again|asked again", "retry"), ("patience", "timeout"),
        ("makers? of vectors", "embedder"), ("standard model", "default model"), ("scored by name", "rescoring"),
        ("the written one", "snapshot"), ("beginnings? of (a )?words?", "prefix query"),
        ("words next to each other", "phrase query"), ("whose fault", "client error, server error"), ("graph walks?", "graph search"),
        ("who is next|takes? turns", "round-robin"), ("will not do|damaged goods", "corrupt"), ("lets? go of", "evict, close"),
        ("least level", "minimum level"), ("something went wrong", "internal error"),
    ]

    static func found(in text: String) throws -> [String] {
        try wordings.filter { wording in
            try text.contains(Regex("\\b(\(wording.0))\\b").ignoresCase())
        }.map { "say \"\($0.term)\" instead of \"\($0.0)\"" }
    }

    /// All files of sources (identifiers, comments, strings) and pages for users. The changelog tells of old names, and is left out.
    static func files() throws -> [String] {
        let sources = try ["Sources", "Examples"].flatMap { root in
            try FileManager.default.subpathsOfDirectory(atPath: TestPaths.repository.appending(path: root).path).map { "\(root)/\($0)" }
        }.filter { $0.hasSuffix(".swift") || $0.hasSuffix(".c") || $0.hasSuffix(".cpp") || $0.hasSuffix(".h") }
        let pages = try FileManager.default.subpathsOfDirectory(atPath: TestPaths.repository.appending(path: "docs").path)
            .filter { $0.hasSuffix(".md") }.map { "docs/\($0)" }
        return sources + pages + ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"]
    }

    @Test func everyTextUsesTheTerms() throws {
        let files = try Self.files()
        #expect(files.count > 300)
        for file in files {
            let text = try String(contentsOf: TestPaths.repository.appending(path: file), encoding: .utf8)
            #expect(try Self.found(in: text) == [], "\(file)")
        }
    }

    @Test(arguments: [
        ("The index Upkeep runs", 1), ("then ask again, with patience", 2), ("upkeeper, outpatience", 0), ("maintenance, retry", 0),
    ])
    func wordingsAreFound(text: String, count: Int) throws {
        #expect(try Self.found(in: text).count == count)
    }
}
