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

    init(question: String, vector: ArraySlice<Float>, sentences: [String], vectors: EmbeddingBatch) {
        let overlap = Self.overlap(question, sentences)
        values = sentences.indices.map { Self.dot(vector, vectors.vector($0)) + Self.lexicalShare * overlap[$0] }
        self.vectors = vectors
    }

    /// Returns the cosine of two sentences.
    func similarity(_ a: Int, _ b: Int) -> Float { Self.dot(vectors.vector(a), vectors.vector(b)) }

    /// Returns the share of the question's terms in each sentence, `0...1`; rarer terms weigh more.
    private static func overlap(_ question: String, _ sentences: [String]) -> [Float] {
        let asked = terms(question)
        guard !asked.isEmpty else { return sentences.map { _ in 0 } }
        let found = sentences.map { terms($0).intersection(asked) }
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
