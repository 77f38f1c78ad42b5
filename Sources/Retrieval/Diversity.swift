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
    ///   - similarities: returns the cosines of one chunk with others, `nil` for a chunk that no longer exists.
    /// - Returns: up to `limit` results in the order in which they were chosen, with unchanged scores.
    package func choose(
        _ limit: Int, of ranked: [RankedChunk], similarities: (Int64, [Int64]) throws -> [Float?]
    ) rethrows -> [RankedChunk] {
        guard strength > 0, let best = ranked.first, ranked.count > 1 else { return Array(ranked.prefix(limit)) }
        // BM25 has no upper limit, so relevance is scaled to 1 for the best result.
        let scale = max(best.score, .leastNormalMagnitude)
        var left = ranked
        var nearest = [Float](repeating: 0, count: ranked.count)
        var chosen: [RankedChunk] = []
        while chosen.count < limit, !left.isEmpty {
            let values = left.indices.map { (1 - strength) * left[$0].score / scale - strength * nearest[$0] }
            let next = left.indices.max { (values[$0], $1) < (values[$1], $0) } ?? 0
            chosen.append(left[next])
            let cosines = try similarities(left[next].chunk, left.map(\.chunk))
            for (place, cosine) in cosines.enumerated() { nearest[place] = max(nearest[place], cosine ?? 0) }
            left.remove(at: next)
            nearest.remove(at: next)
        }
        return chosen
    }
}
