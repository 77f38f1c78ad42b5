import Index

/// The candidates of both sides of a hybrid search in one view of an index, of which only those are scored in full that may be among the
/// best.
///
/// A chunk's cosine is cheap, but its lexical evidence means reading its words. What the chunk can reach is known before: its BM25 score
/// from the lexical search, or at most that of the search's last hit, plus the greatest possible proximity. So chunks are read in order of
/// what they can reach, until no other one can reach the results. These, their scores and their parts are the same as if all were read.
struct HybridCandidates {
    /// A candidate, with the upper bound of its lexical score.
    private struct Candidate {
        let hit: IndexHit
        let cosine: Float
        var maximumLexical: Float
        var ranked: RankedChunk?
    }

    private let query: WeightedQuery
    private let plan: DensePlan?
    private var candidates: [Candidate]

    /// Number of chunks that are read at a time.
    private static let batch = 16
    /// Allowance for rounding in the comparison of a bound with a score in `0...1`.
    private static let tolerance: Float = 1e-5

    /// - Parameters:
    ///   - terms: the terms of `query`.
    ///   - depth: number of hits that each side was asked for.
    init(
        dense: [IndexHit], lexical: [IndexHit], terms: QueryTerms, query: WeightedQuery, vector: [Float], plan: DensePlan?, depth: Int,
        _ view: borrowing IndexView
    ) throws {
        (self.query, self.plan) = (query, plan)
        let scores = Dictionary(uniqueKeysWithValues: lexical.map { ($0.chunk, $0.score) })
        let isFound = Set(dense.map(\.chunk))
        let others = lexical.filter { !isFound.contains($0.chunk) }
        let cosines = try view.cosines(vector, of: others.map(\.chunk))
        // Each term adds less than 1 to the proximity: see `LexicalEvidence`.
        let proximity = Fusion.proximityWeight * Float(terms.terms.count + terms.phrases.count + terms.prefixes.count)
        // A chunk that the lexical search did not return scores no more than the last one; it has none of the words if the search found all.
        let otherwise = lexical.count < depth ? 0 : lexical.last.map { $0.score + proximity } ?? 0
        candidates =
            dense.map { hit in
                Candidate(hit: hit, cosine: hit.score, maximumLexical: scores[hit.chunk].map { $0 + proximity } ?? otherwise)
            }
            + zip(others, cosines).map { Candidate(hit: $0, cosine: $1, maximumLexical: $0.score + proximity) }
    }

    /// Number of candidates.
    var count: Int { candidates.count }

    /// Returns the candidates that decide the weight of the query and the best `limit` results, and perhaps others; all candidates if they
    /// are too few.
    ///
    /// - Parameters:
    ///   - grouped: whether the results are the best chunks of `limit` documents.
    ///   - background: the distribution of the query's cosine.
    mutating func best(
        _ limit: Int, grouped: Bool, background: CosineBackground, identifiers: Float, _ view: borrowing IndexView
    ) throws -> [RankedChunk] {
        try readBestLexical(view)
        // The best cosines decide the weight too, and the best one is the scale of the others.
        let nearest = candidates.indices.sorted { candidates[$0].cosine > candidates[$1].cosine }.prefix(FusionWeight.compared)
        try read(Array(nearest), view)
        let weight = FusionWeight(read, background: background, identifiers: identifiers).dense
        try readBestFused(limit, grouped: grouped, Fusion(denseWeight: weight), view)
        return read.sorted { $0.hit.chunk < $1.hit.chunk }
    }

    /// All candidates, for a search that needs them.
    mutating func all(_ view: borrowing IndexView) throws -> [RankedChunk] {
        try read(Array(candidates.indices), view)
        return read.sorted { $0.hit.chunk < $1.hit.chunk }
    }

    private var read: [RankedChunk] { candidates.compactMap(\.ranked) }

    /// Reads until the best chunks by their words are known, which decide the weight, and the best of which is the scale of the others.
    private mutating func readBestLexical(_ view: borrowing IndexView) throws {
        try readInOrder(of: candidates.map(\.maximumLexical), view) { candidates in
            let known = candidates.compactMap { $0.ranked?.lexical }.sorted(by: >)
            // A chunk without the query's words decides nothing.
            return known.count < FusionWeight.asked ? .leastNonzeroMagnitude : max(known[FusionWeight.asked - 1], .leastNonzeroMagnitude)
        }
    }

    /// Reads until no other chunk can have one of the best `limit` scores, of chunks or of documents.
    private mutating func readBestFused(_ limit: Int, grouped: Bool, _ fusion: Fusion, _ view: borrowing IndexView) throws {
        let bestLexical = read.map(\.lexical).max() ?? 0
        let bestDense = candidates.map(\.cosine).max() ?? 0
        let bounds = candidates.map { candidate in
            fusion.score(dense: candidate.cosine, bestDense, lexical: min(candidate.maximumLexical, bestLexical), bestLexical)
                + Self.tolerance
        }
        try readInOrder(of: bounds, view) { candidates in
            let read = candidates.compactMap(\.ranked)
            var scores = fusion.scores(read)
            if grouped { scores = Array(Dictionary(zip(read.map(\.hit.document), scores), uniquingKeysWith: max).values) }
            let known = scores.sorted(by: >)
            return known.count < limit ? -.infinity : known[limit - 1]
        }
    }

    /// Reads the chunks that are not read yet, those with the greatest bound first, until all bounds of the others are below the value that
    /// `needed` returns for the chunks read so far.
    private mutating func readInOrder(
        of bounds: [Float], _ view: borrowing IndexView, until needed: ([Candidate]) -> Float
    ) throws {
        var rest = candidates.indices.filter { candidates[$0].ranked == nil }.sorted { bounds[$0] > bounds[$1] }[...]
        while let next = rest.first {
            if bounds[next] < needed(candidates) { return }
            try read(Array(rest.prefix(Self.batch)), view)
            rest = rest.dropFirst(Self.batch)
        }
    }

    private mutating func read(_ places: [Int], _ view: borrowing IndexView) throws {
        let places = places.filter { candidates[$0].ranked == nil }
        let evidence = try view.evidence(query, of: places.map { candidates[$0].hit.chunk })
        for (place, evidence) in zip(places, evidence) {
            let candidate = candidates[place]
            candidates[place].ranked = RankedChunk(
                candidate.hit, ScoreParts(dense: candidate.cosine, evidence: evidence, densePlan: plan))
        }
    }
}
