/// Turns two rankings that cannot be compared, cosines and BM25, into one.
///
/// Each side is brought to `0...1` by its best candidate, and the two are mixed. A mix of scores keeps how far apart
/// two candidates are, which ranks alone throw away. How much each side counts is decided for each query by
/// `FusionWeight`. What was tried is in `docs/decisions/fusion.md`.
/// Source: Bruch, Gai & Ingber, "An analysis of fusion functions for hybrid retrieval", 2023, section 4.
package struct Fusion {
    /// A cosine this far below the best counts as 0. A fixed distance, and not the worst candidate's: where the dense
    /// side finds nothing apart, as for an identifier it cannot read, its noise must not outvote a word that matches.
    package static let denseSpread: Float = 0.5

    /// What nearness of the query's words adds to BM25.
    package static let proximityWeight: Float = 0.25

    /// A chunk that at least one side proposed, with the exact scores of both.
    package struct Candidate: Equatable {
        package let chunk: Int64
        package let document: Int64
        /// The cosine.
        package let dense: Float
        /// BM25 and proximity; 0 where no term matches.
        package let lexical: Float
        /// The share of the query's terms, by weight, that the chunk has; `0...1`.
        package let coverage: Float

        package init(chunk: Int64, document: Int64, dense: Float, lexical: Float, coverage: Float) {
            (self.chunk, self.document, self.dense, self.lexical) = (chunk, document, dense, lexical)
            self.coverage = coverage
        }
    }

    /// Share of the dense side in the mix, `0...1`; the lexical side has the rest.
    package let denseWeight: Float

    package init(denseWeight: Float) { self.denseWeight = denseWeight }

    /// - Returns: a score in `0...1` for each candidate, in the same order. Better on both sides is never lower.
    package func scores(_ candidates: [Candidate]) -> [Float] {
        let bestDense = candidates.map(\.dense).max() ?? 0
        let bestLexical = candidates.map(\.lexical).max() ?? 0
        return candidates.map { candidate in
            let dense = min(1, max(0, 1 - (bestDense - candidate.dense) / Self.denseSpread))
            guard bestLexical > 0 else { return dense }
            return denseWeight * dense + (1 - denseWeight) * candidate.lexical / bestLexical
        }
    }
}
