import ByteText
import Index

/// The rows of tables among the sentences: lines of Markdown, HTML or CSV tables, and JSON records.
///
/// Rows of a table are alike, so the encoder hardly tells them apart. What tells them apart are the question's rare terms, such as a part
/// number, so only the rows that contain most of these may answer.
struct TableRows {
    /// The sentences that are rows and lack terms by which other rows answer the question better.
    let excluded: Set<Int>
    /// The rows that answer although the encoder may not see it: they have such a term, and with the names of their columns at least half
    /// of the question's terms.
    let evident: Set<Int>

    /// - Parameter parts: the question, and parts of it.
    init(_ sentences: [Sentence], parts: [String]) {
        let rows = sentences.indices.filter { sentences[$0].isRow }
        let questions = parts.map(Self.terms)
        let asked = questions.reduce(into: Set<ByteKey>()) { $0.formUnion($1) }
        let found = rows.map { row in
            let names = sentences[row].names.map(Self.terms) ?? []
            return Self.terms(sentences[row].own).intersection(asked).subtracting(names)
        }
        var counts: [ByteKey: Int] = [:]
        for terms in found { for term in terms { counts[term, default: 0] += 1 } }
        let distinguishing = found.map { terms in terms.filter { 2 * (counts[$0] ?? 0) <= rows.count }.count }
        let most = distinguishing.max() ?? 0
        excluded = Set(zip(rows, distinguishing).filter { $1 < most }.map(\.0))
        evident = Set(
            zip(rows, distinguishing).filter { $1 == most && most > 0 }.map(\.0).filter { row in
                let words = Self.terms(sentences[row].words)
                return questions.contains { !$0.isEmpty && 2 * $0.intersection(words).count >= $0.count }
            })
    }

    private static func terms(_ text: String) -> Set<ByteKey> {
        var terms: Set<ByteKey> = []
        Analyzer.analyze(text) { term, kind in
            if kind == .word || kind == .spelling { terms.insert(ByteKey(term)) }
        }
        return terms
    }

    /// Whether a sentence has the form of a row: it ends without a mark, and has bars, or brackets of JSON, or several delimiters.
    static func isRow(_ text: ArraySlice<UInt8>) -> Bool {
        guard let first = text.first, let last = text.last, !".!?".utf8.contains(last) else { return false }
        if first == UInt8(ascii: "|") || first == UInt8(ascii: "{") || last == UInt8(ascii: "}") || text.suffix(2).elementsEqual("},".utf8)
        {
            return true
        }
        var (bars, marks, previous) = (0, 0, UInt8(0))
        for byte in text {
            if byte == UInt8(ascii: " "), previous == UInt8(ascii: "|") { bars += 1 }
            // A delimiter before a space is one of prose.
            if previous == UInt8(ascii: ",") || previous == UInt8(ascii: ";"), byte != UInt8(ascii: " ") { marks += 1 }
            if byte == UInt8(ascii: "\t") { marks += 1 }
            previous = byte
        }
        return bars > 0 || marks > 0
    }

    /// Whether a row only divides the header of a table from its body, as `|---|:-:|`.
    static func isDivider(_ text: ArraySlice<UInt8>) -> Bool {
        text.contains(UInt8(ascii: "-")) && text.allSatisfy { "|-: \t".utf8.contains($0) }
    }
}
