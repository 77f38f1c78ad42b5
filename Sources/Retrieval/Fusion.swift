import Index

/// A fusion of two rankings whose scores are not comparable, cosines and BM25.
///
/// Each side is scaled to `0...1` by its best candidate, and the two are mixed. Unlike rank fusion, a mix of scores preserves the distance
/// between candidates. `FusionWeight` sets the weight of each side per query. `docs/decisions/fusion.md` lists the alternatives that were
/// evaluated.
/// Source: Bruch, Gai & Ingber, "An analysis of fusion functions for hybrid retrieval", 2023, section 4.
package struct Fusion {
    /// Distance below the best cosine at which a cosine counts as 0. It is fixed rather than set by the worst candidate: where the dense
    /// side separates nothing, as for an identifier that it cannot read, its noise must not outvote a matching word.
    package static let denseSpread: Float = 0.5

    /// Weight of the proximity of query terms, added to BM25.
    package static let proximityWeight: Float = 0.25

    /// Weight of the dense side, `0...1`; the lexical side has the rest.
    package let denseWeight: Float

    package init(denseWeight: Float) { self.denseWeight = denseWeight }

    /// - Returns: a score in `0...1` for each candidate, in the same order. A candidate that is better on both sides never scores lower.
    package func scores(_ candidates: [RankedChunk]) -> [Float] {
        let bestDense = candidates.map(\.dense).max() ?? 0
        let bestLexical = candidates.map(\.lexical).max() ?? 0
        return candidates.map { score(dense: $0.dense, bestDense, lexical: $0.lexical, bestLexical) }
    }

    /// Returns the score of one candidate. It never falls when `dense` or `lexical` rises.
    func score(dense: Float, _ bestDense: Float, lexical: Float, _ bestLexical: Float) -> Float {
        let dense = min(1, max(0, 1 - (bestDense - dense) / Self.denseSpread))
        guard bestLexical > 0 else { return dense }
        return denseWeight * dense + (1 - denseWeight) * lexical / bestLexical
    }
}

extension RankedChunk {
    /// Cosine of query and chunk.
    package var dense: Float { parts.dense ?? 0 }

    /// BM25 plus weighted proximity; 0 where no term matches.
    package var lexical: Float { parts.evidence.map { $0.score + Fusion.proximityWeight * $0.proximity } ?? 0 }
}
