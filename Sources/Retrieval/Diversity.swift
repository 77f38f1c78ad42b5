import Index

/// A selection of results that differ from each other: maximal marginal relevance.
///
/// Each next result is the one with the greatest `(1 − strength) · relevance − strength · similarity`, where similarity is the greatest
/// cosine with a result chosen before.
/// Source: Carbonell & Goldstein, "The use of MMR, diversity-based reranking for reordering documents", 1998.
package struct Diversity {
    /// Strength in `0...1`: 0 keeps the order of relevance; 1 considers only differences after the first result.
    package let strength: Float

    /// Clamps `strength` to `0...1`; NaN becomes 0.
    package init(strength: Float) { self.strength = strength.isNaN ? 0 : min(max(strength, 0), 1) }

    /// - Parameters:
    ///   - ranked: results, best first.
    ///   - similarities: returns the cosines of the result at one place with all results, in their order.
    /// - Returns: up to `limit` results in the order in which they were chosen, with unchanged scores.
    package func choose(
        _ limit: Int, of ranked: [RankedChunk], similarities: (Int) throws -> [Float]
    ) rethrows -> [RankedChunk] {
        guard strength > 0, let best = ranked.first, ranked.count > 1 else { return Array(ranked.prefix(limit)) }
        // BM25 has no upper limit, so relevance is scaled to 1 for the best result.
        let scale = max(best.hit.score, .leastNormalMagnitude)
        var left = Array(ranked.indices)
        var nearest = [Float](repeating: 0, count: ranked.count)
        var chosen: [RankedChunk] = []
        while chosen.count < limit, !left.isEmpty {
            let values = left.map { (1 - strength) * ranked[$0].hit.score / scale - strength * nearest[$0] }
            let next = left.indices.max { (values[$0], $1) < (values[$1], $0) } ?? 0
            let place = left.remove(at: next)
            chosen.append(ranked[place])
            for (other, cosine) in try similarities(place).enumerated() { nearest[other] = max(nearest[other], cosine) }
        }
        return chosen
    }
}
