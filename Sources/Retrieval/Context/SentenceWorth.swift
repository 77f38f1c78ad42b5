import ByteText
import Embeddings
import Foundation
import Index

/// The score of each sentence as an answer, and the similarity of sentences.
struct SentenceWorth {
    /// Scores, in the order of the sentences.
    let values: [Float]
    private let vectors: EmbeddingBatch

    /// Weight of the term overlap: the amount added to the cosine of a sentence with all of the question's terms.
    private static let lexicalShare: Float = 0.2

    /// - Parameters:
    ///   - parts: the question, and parts of it; a sentence's score is the best one with any of them.
    ///   - asked: the vectors of `parts`.
    init(parts: [String], asked: EmbeddingBatch, sentences: [String], vectors: EmbeddingBatch) {
        let found = sentences.map(Self.terms)
        var values = [Float](repeating: -.infinity, count: sentences.count)
        for (part, text) in parts.enumerated() {
            let (vector, overlap) = (asked.vector(part), Self.overlap(Self.terms(text), found))
            for place in sentences.indices {
                values[place] = max(values[place], Self.dot(vector, vectors.vector(place)) + Self.lexicalShare * overlap[place])
            }
        }
        (self.values, self.vectors) = (values, vectors)
    }

    /// Returns the cosine of two sentences.
    func similarity(_ a: Int, _ b: Int) -> Float { Self.dot(vectors.vector(a), vectors.vector(b)) }

    /// Returns the share of the question's terms in each sentence, `0...1`; rarer terms weigh more.
    private static func overlap(_ asked: Set<ByteKey>, _ sentences: [Set<ByteKey>]) -> [Float] {
        guard !asked.isEmpty else { return sentences.map { _ in 0 } }
        let found = sentences.map { $0.intersection(asked) }
        var weights: [ByteKey: Float] = [:]
        for term in asked {
            let count = found.count { $0.contains(term) }
            weights[term] = log(1 + Float(sentences.count + 1) / (Float(count) + 0.5))
        }
        let total = weights.values.reduce(0, +)
        // Sorted, so that the floating-point sum is deterministic.
        return found.map { terms in terms.sorted().reduce(0) { $0 + (weights[$1] ?? 0) } / total }
    }

    private static func terms(_ text: String) -> Set<ByteKey> {
        var terms: Set<ByteKey> = []
        Analyzer.analyze(text) { term, kind in if kind == .word { terms.insert(ByteKey(term)) } }
        return terms
    }

    private static func dot(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Float {
        zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
}
