public import Citing
public import Embeddings
import Index

/// Chooses the sentences that answer a question out of the sources that were found for it.
///
/// A sentence is worth its cosine with the question, and a part of the share of the question's words that it has. Of each source one
/// passage of up to three neighbouring sentences is taken; between sources decides what the best sentence is worth and how well the
/// source was found, less what was said already (maximal marginal relevance: Carbonell & Goldstein 1998).
public struct SentenceRanker: Sendable {
    public struct Choice: Sendable {
        /// In reading order, numbered from 1; none where nothing answers.
        public let sentences: [CitedSource]
        /// Tokens that the encoder read, of the question and all sentences.
        public let readTokens: Int
        /// Of these, the chosen sentences'.
        public let chosenTokens: Int
    }

    /// Adjoining ranges that make up a range of UTF-8, a sentence each.
    public typealias Boundaries = @Sendable (_ utf8: [UInt8], _ range: Range<Int>) -> [Range<Int>]

    private let embedder: any Embedder
    private let boundaries: Boundaries
    private let threshold: Float

    /// What the best sentence must be worth to be an answer: the most that costs no right answer. For all-MiniLM-L6-v2, from SciFact's 809
    /// training claims and 400 titles of works on aeronautics asked of the same medical abstracts; what else is chosen here is from
    /// those claims too. `Benchmarks/scripts/extractive_quality.py` asks others, those of the test. Another encoder's cosines may ask
    /// for another.
    public static let threshold: Float = 0.44

    /// Sentences that are compared at most; what comes later is of the least relevant sources.
    private static let maximumSentences = 256

    public init(embedder: any Embedder, threshold: Float = SentenceRanker.threshold, boundaries: @escaping Boundaries) {
        (self.embedder, self.threshold, self.boundaries) = (embedder, threshold, boundaries)
    }

    /// - Parameter sources: best first.
    /// - Throws: `EmbeddingError`.
    public func choose(_ question: String, _ sources: [CitedSource], caller: EmbeddingCaller) async throws -> Choice {
        let sentences = Array(sources.indices.lazy.flatMap { cut(sources[$0], source: $0) }.prefix(Self.maximumSentences))
        let asked = try await embedder.embed([question], purpose: .query, caller: caller)
        let read = try await embedder.embed(sentences.map(\.words), purpose: .passage, caller: caller)
        let tokens = asked.tokenCounts.reduce(0, +) + read.tokenCounts.reduce(0, +)
        let worth = SentenceWorth(question: question, vector: asked.vector(0), sentences: sentences.map(\.words), vectors: read)
        let runs = SentenceSelection(sentences: sentences, worth: worth, sources: sources, threshold: threshold).runs()
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

    /// The sentences of a source that say something: not a heading's few words, nor a number.
    private func cut(_ source: CitedSource, source place: Int) -> [Sentence] {
        let utf8 = Array(source.text.utf8)
        return boundaries(utf8, 0..<utf8.count).compactMap { range in
            let trimmed = Sentence.trim(utf8, range)
            guard trimmed.count >= Sentence.leastBytes else { return nil }
            return Sentence(source: place, range: trimmed, words: String(decoding: utf8[trimmed], as: UTF8.self))
        }
    }
}

/// A sentence of a source.
struct Sentence {
    /// Place of the source among those that were given.
    let source: Int
    /// Bytes of the source's text, without white space around.
    let range: Range<Int>
    let words: String

    static let leastBytes = 20

    static func trim(_ utf8: [UInt8], _ range: Range<Int>) -> Range<Int> {
        let isWhite: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        var (lower, upper) = (range.lowerBound, range.upperBound)
        while lower < upper, isWhite(utf8[lower]) { lower += 1 }
        while upper > lower, isWhite(utf8[upper - 1]) { upper -= 1 }
        return lower..<upper
    }
}
