import Index

/// Turns two rankings that cannot be compared, cosines and BM25, into one.
///
/// Each side's scores are brought to `0...1` over the query's own candidates, and mixed with fixed weights. A convex mix
/// keeps how far apart two candidates are, which ranks alone throw away.
/// Source: Bruch, Gai & Ingber, "An analysis of fusion functions for hybrid retrieval", 2023, section 4.
package struct Fusion {
    /// Weight of the dense side; the lexical side has the rest.
    package var denseWeight: Float = 0.6
    /// Cosines that lie closer together than this are not spread over the whole of `0...1`: where the dense side finds
    /// nothing apart, as for an identifier it cannot read, its noise must not outvote a word that matches.
    package var leastDenseSpread: Float = 0.3

    /// A chunk that at least one side proposed, with the exact scores of both.
    package struct Candidate: Equatable {
        package let chunk: Int64
        package let document: Int64
        package let dense: Float
        /// 0 where no term matches.
        package let lexical: Float

        package init(chunk: Int64, document: Int64, dense: Float, lexical: Float) {
            (self.chunk, self.document, self.dense, self.lexical) = (chunk, document, dense, lexical)
        }
    }

    package init() {}

    /// - Returns: a score in `0...1` for each candidate, in the same order.
    package func scores(_ candidates: [Candidate]) -> [Float] {
        let dense = Scale(candidates.map(\.dense), leastSpread: leastDenseSpread)
        let lexical = Scale(candidates.map(\.lexical), floor: 0)
        guard lexical.isInformative else { return candidates.map { dense.place($0.dense) } }
        return candidates.map {
            denseWeight * dense.place($0.dense) + (1 - denseWeight) * lexical.place($0.lexical)
        }
    }

    /// Maps the greatest score to 1, and to 0 the least one, or a floor, or what lies a least spread below the greatest.
    private struct Scale {
        private let low: Float
        private let high: Float

        init(_ scores: [Float], floor: Float) {
            high = scores.max() ?? floor
            low = floor
        }

        init(_ scores: [Float], leastSpread: Float) {
            high = scores.max() ?? 0
            low = min(scores.min() ?? 0, high - leastSpread)
        }

        var isInformative: Bool { high > low }

        func place(_ score: Float) -> Float { isInformative ? min(1, max(0, (score - low) / (high - low))) : 0 }
    }
}
