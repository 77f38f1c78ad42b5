import BenchSupport
import Catalog
import Citing
import Foundation
import JSON
import Tenancy

/// Generates synthetic passages: words that follow Zipf's law, and unit vectors around twenty centres per tenant.
struct MadePassages {
    private static let centreCount = 20
    private static let words = 60
    private static let vocabulary = 30_000

    private let dimension: Int
    private var rng: SeededGenerator
    /// Normal numbers; each vector uses a run of them, since generating new ones would take most of the time.
    private let noise: [Float]
    private var centres: [[Float]] = []

    init(dimension: Int, seed: UInt64) {
        self.dimension = dimension
        var rng = SeededGenerator(seed: seed)
        noise = (0..<1 << 20).map { _ in (0..<6).reduce(Float(-3)) { sum, _ in sum + Float.random(in: 0..<1, using: &rng) } }
        self.rng = rng
    }

    mutating func beginTenant() {
        centres = (0..<Self.centreCount).map { _ in
            let start = Int.random(in: 0..<noise.count - dimension, using: &rng)
            return Array(noise[start..<start + dimension])
        }
    }

    mutating func document(_ id: DocumentID, chunks: Int) -> DocumentVersion {
        var text = ""
        var made: [NewChunk] = []
        for _ in 0..<chunks {
            if !text.isEmpty { text += "\n\n" }
            let start = text.utf8.count
            let passage = passage()
            text += passage
            made.append(
                NewChunk(
                    Chunk(span: start..<text.utf8.count, text: passage, tokenCount: Self.words), hash: [], vector: vector()))
        }
        return DocumentVersion(id: id, title: nil, url: nil, metadata: [:], mediaType: "text/plain", text: text, chunks: made)
    }

    private mutating func passage() -> String {
        var words: [String] = []
        for _ in 0..<Self.words {
            let rank = Int(exp(Double.random(in: 0..<1, using: &rng) * log(Double(Self.vocabulary))))
            words.append("w" + String(rank, radix: 36))
        }
        return words.joined(separator: " ")
    }

    private mutating func vector() -> [Float] {
        let centre = centres[Int.random(in: 0..<centres.count, using: &rng)]
        let start = Int.random(in: 0..<noise.count - dimension, using: &rng)
        var vector = [Float](repeating: 0, count: dimension)
        var squares: Float = 0
        for place in 0..<dimension {
            vector[place] = centre[place] + noise[start + place]
            squares += vector[place] * vector[place]
        }
        let norm = squares.squareRoot()
        for place in 0..<dimension { vector[place] /= norm }
        return vector
    }
}
