import ByteText
import Embeddings
import Foundation
import Index

/// What each sentence is worth as an answer, and how alike two of them are.
struct SentenceWorth {
    /// In the order of the sentences.
    let values: [Float]
    private let vectors: EmbeddingBatch

    /// What all of the question's words in one sentence add to its cosine.
    private static let lexicalShare: Float = 0.2

    init(question: String, vector: ArraySlice<Float>, sentences: [String], vectors: EmbeddingBatch) {
        let overlap = Self.overlap(question, sentences)
        values = sentences.indices.map { Self.dot(vector, vectors.vector($0)) + Self.lexicalShare * overlap[$0] }
        self.vectors = vectors
    }

    /// The cosine of two sentences.
    func similarity(_ a: Int, _ b: Int) -> Float { Self.dot(vectors.vector(a), vectors.vector(b)) }

    /// The share of the question's terms that each sentence has, `0...1`; a term counts the more the fewer sentences have it.
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
        // In one order, so that the same sentences always sum up to the same.
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
