public import Citing
public import Embeddings
import Index

/// A selector of the sentences that answer a question, out of the sources retrieved for it.
///
/// A sentence's score is its cosine with the question plus a weighted share of the question's terms that it contains; for a question of
/// several sentences, the best such score with one of them (`QuestionParts`). Each source contributes at most one passage of up to three
/// neighbouring sentences; a row of a table, or a JSON record, stands alone (`TableRows`). Passages are ranked by the score of their best
/// sentence and of their source, minus a penalty for similarity to passages already chosen (maximal marginal relevance:
/// Carbonell & Goldstein 1998).
public struct SentenceRanker: Sendable {
    public struct Choice: Sendable {
        /// Chosen sentences in reading order, numbered from 1; empty if none answers the question.
        public let sentences: [CitedSource]
        /// Number of tokens that the encoder read: the question and all sentences.
        public let readTokens: Int
        /// Number of these tokens that belong to chosen sentences.
        public let chosenTokens: Int
    }

    /// Splits a range of UTF-8 bytes into adjoining ranges, one per sentence.
    public typealias Boundaries = @Sendable (_ utf8: [UInt8], _ range: Range<Int>) -> [Range<Int>]

    private let embedder: any Embedder
    private let boundaries: Boundaries
    private let threshold: Float

    /// Minimum score of the best sentence for it to count as an answer: the highest value that rejects no correct answer. It was tuned for
    /// all-MiniLM-L6-v2 on SciFact's 809 training claims, and on 400 titles of aeronautics papers as off-topic queries on the same medical
    /// abstracts; the other constants here were tuned on the same claims. `Benchmarks/scripts/extractive_quality.py` evaluates on the test
    /// claims. Another encoder may need another threshold.
    public static let threshold: Float = 0.44

    /// Maximum number of sentences to compare; later ones belong to the least relevant sources.
    private static let maximumSentences = 256

    public init(embedder: any Embedder, threshold: Float = SentenceRanker.threshold, boundaries: @escaping Boundaries) {
        (self.embedder, self.threshold, self.boundaries) = (embedder, threshold, boundaries)
    }

    /// - Parameter sources: retrieved sources, best first.
    /// - Throws: `EmbeddingError`.
    public func choose(_ question: String, _ sources: [CitedSource], caller: EmbeddingCaller) async throws -> Choice {
        let sentences = Array(sources.indices.lazy.flatMap { cut(sources[$0], source: $0) }.prefix(Self.maximumSentences))
        let parts = QuestionParts(question, boundaries).texts
        let asked = try await embedder.embed(parts, purpose: .query, caller: caller)
        let read = try await embedder.embed(sentences.map(\.words), purpose: .passage, caller: caller)
        let tokens = asked.tokenCounts.reduce(0, +) + read.tokenCounts.reduce(0, +)
        let worth = SentenceWorth(parts: parts, asked: asked, sentences: sentences.map(\.words), vectors: read)
        let runs = SentenceSelection(
            sentences: sentences, rows: TableRows(sentences, parts: parts), worth: worth, sources: sources, threshold: threshold
        ).runs()
        var chosen: [CitedSource] = []
        var chosenTokens = 0
        for run in runs {
            let source = sources[sentences[run.lowerBound].source]
            let range = sentences[run.lowerBound].range.lowerBound..<sentences[run.upperBound - 1].range.upperBound
            guard let part = source.part(range, number: chosen.count + 1) else { continue }
            chosen.append(part)
            chosenTokens += run.reduce(0) { $0 + read.tokenCounts[$1] }
        }
        return Choice(sentences: chosen, readTokens: tokens, chosenTokens: chosenTokens)
    }

    /// Returns the sentences of a source, without those too short to be an answer, such as a heading of few words or a number.
    private func cut(_ source: CitedSource, source place: Int) -> [Sentence] {
        let utf8 = Array(source.text.utf8)
        let ranges = boundaries(utf8, 0..<utf8.count).map { Sentence.trim(utf8, $0) }
        var header: Range<Int>?
        return ranges.indices.compactMap { i -> Sentence? in
            let text = utf8[ranges[i]]
            let isRow = TableRows.isRow(text)
            if !isRow { header = nil }
            if isRow, TableRows.isDivider(text) { return nil }
            if isRow, i + 1 < ranges.count, TableRows.isDivider(utf8[ranges[i + 1]]) {
                header = ranges[i]
                return nil
            }
            guard text.count >= (isRow ? Sentence.leastRowBytes : Sentence.leastBytes) else { return nil }
            let own = String(decoding: text, as: UTF8.self)
            var names = isRow ? header.map { String(decoding: utf8[$0], as: UTF8.self) } ?? source.columns : nil
            let words = names.map { "\($0)\n\(own)" } ?? own
            // The first row of a table without a divider probably names the columns. Records of JSON name their own.
            if isRow, names == nil, !text.contains(UInt8(ascii: "{")) { (header, names) = (ranges[i], own) }
            return Sentence(source: place, range: ranges[i], own: own, names: names, words: words, isRow: isRow)
        }
    }
}

extension CitedSource {
    /// The names of the columns of the table in which the passage begins; `nil` if it does not begin in one.
    fileprivate var columns: String? { headings.last.flatMap { TableRows.isRow(Array($0.utf8)[...]) ? $0 : nil } }
}

/// A sentence of a source.
struct Sentence {
    /// Index of the source in the given sources.
    let source: Int
    /// Byte range in the source's text, without surrounding white space.
    let range: Range<Int>
    /// The sentence.
    let own: String
    /// For a row of a table: the row that names the columns, which may be itself.
    let names: String?
    /// The text that is compared with the question: the sentence, below the names of the columns if it is a row of a table.
    let words: String
    let isRow: Bool

    static let leastBytes = 20
    static let leastRowBytes = 3

    static func trim(_ utf8: [UInt8], _ range: Range<Int>) -> Range<Int> {
        let isWhite: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        var (lower, upper) = (range.lowerBound, range.upperBound)
        while lower < upper, isWhite(utf8[lower]) { lower += 1 }
        while upper > lower, isWhite(utf8[upper - 1]) { upper -= 1 }
        return lower..<upper
    }
}
