package import Index
package import Scheduling

/// A chunk that a search found. In a hybrid search its score is that of one side until those of both are fused.
package struct RankedChunk: Equatable {
    package var hit: IndexHit
    package var parts: ScoreParts

    package init(_ hit: IndexHit, _ parts: ScoreParts) { (self.hit, self.parts) = (hit, parts) }
}

/// The candidate search and ranking in one index. It computes and waits for locks: run it off the cooperative pool.
package struct Ranking {
    private let index: CollectionIndex
    private let mode: SearchMode
    private let terms: QueryTerms
    /// Share of the query that looks like identifiers.
    private let identifiers: Float
    private let vector: [Float]
    private let filter: DocumentFilter?
    private let diversity: Diversity
    private let stop: WorkStop

    /// Minimum number of candidates when results are reranked: fewer leave too little to choose from.
    private static let leastDepth = 100

    /// - Parameters:
    ///   - vector: query vector, L2-normalised; empty for `.lexical`.
    ///   - filter: documents that may appear in the results; `nil` for all.
    ///   - diversity: strength of the diversity reranking, `0...1`.
    ///   - stop: ends the search with `CancellationError` once a stop is requested.
    package init(
        index: CollectionIndex, mode: SearchMode, query: String, vector: [Float], filter: DocumentFilter?, diversity: Float = 0,
        stop: WorkStop = WorkStop()
    ) {
        (self.index, self.mode, self.vector, self.filter, self.stop) = (index, mode, vector, filter, stop)
        terms = QueryTerms(mode == .dense ? "" : query)
        identifiers = mode == .hybrid ? QueryIdentifiers.share(of: query) : 0
        self.diversity = Diversity(strength: diversity)
    }

    /// Returns up to `limit` chunks, best first; with `grouped`, the best chunk of each of up to `limit` documents.
    ///
    /// Everything is read from one view of the index. Only a grouped search whose candidates cover fewer than `limit` documents searches
    /// again, in a new view, in the documents not found yet; so the work does not grow with the number of chunks per document.
    /// Candidates whose chunk was removed since an earlier view are dropped.
    ///
    /// - Returns: the chunks, and the plans of the dense searches.
    package func top(_ limit: Int, grouped: Bool) throws -> (chunks: [RankedChunk], densePlans: [DensePlan]) {
        let isReordered = mode == .hybrid || diversity.strength > 0
        let depth = max(isReordered ? Self.leastDepth : 1, limit * (grouped || diversity.strength > 0 ? 3 : 1))
        var pool = Pool()
        while true {
            let ranked: (chunks: [RankedChunk], vectors: ChunkVectors?)? = try index.read { view in
                // Diversity chooses among all candidates, and a second round is compared with the first one.
                let needed = diversity.strength > 0 || !pool.plans.isEmpty ? nil : Needed(count: limit, grouped: grouped)
                let count = try add(to: &pool, depth: depth, needed: needed, view)
                // A search returns at least `depth` candidates unless there are no more.
                guard !grouped || pool.hasDocuments(limit) || count < depth else { return nil }
                let chunks = grouped ? Self.firstOfEachDocument(try order(pool, view)) : try order(pool, view)
                return (chunks, diversity.strength > 0 ? try view.vectors(of: chunks.map(\.hit.chunk)) : nil)
            }
            try stop.check()
            guard let ranked else { continue }
            let chosen = try diversity.choose(limit, of: ranked.chunks) { place in
                try stop.check()
                return ranked.vectors?.cosines(with: place) ?? []
            }
            return (chosen, pool.plans)
        }
    }

    private static func firstOfEachDocument(_ ranked: [RankedChunk]) -> [RankedChunk] {
        var seen: Set<Int64> = []
        return ranked.sorted(by: isBetter).filter { seen.insert($0.hit.document).inserted }
    }

    /// Adds the best candidates in documents that are not in the pool yet.
    ///
    /// - Parameter needed: the results; `nil` if all candidates may be needed.
    /// - Returns: the number of candidates found, of which those that cannot be results may not be added.
    private func add(to pool: inout Pool, depth: Int, needed: Needed?, _ view: borrowing IndexView) throws -> Int {
        pool.candidates.removeAll { !view.contains($0.hit.chunk) }
        pool.background = nil
        let dense = mode == .lexical ? nil : try view.searchDense(vector, limit: depth, filter: filter, excluding: pool.documents)
        if let dense { pool.plans.append(dense.plan) }
        try stop.check()
        let found: [RankedChunk]
        var count: Int?
        if mode == .dense, let dense {
            found = dense.hits.map { RankedChunk($0, ScoreParts(dense: $0.score, densePlan: pool.plans.first)) }
        } else {
            let query = view.weighted(terms)
            let lexical = view.searchLexical(query, limit: depth, filter: filter, excluding: pool.documents)
            if let dense {
                var candidates = try HybridCandidates(
                    dense: dense.hits, lexical: lexical, terms: terms, query: query, vector: vector, plan: pool.plans.first, depth: depth,
                    view)
                count = candidates.count
                found = try scored(&candidates, needed, &pool, view)
            } else {
                let evidence = try view.evidence(query, of: lexical.map(\.chunk))
                found = zip(lexical, evidence).map { RankedChunk($0, ScoreParts(evidence: $1)) }
            }
        }
        pool.candidates += found
        pool.documents.formUnion(found.map(\.hit.document))
        return count ?? found.count
    }

    /// Returns candidates of a hybrid search, each scored exactly by both sides. Their scores are not comparable until they are fused.
    private func scored(
        _ candidates: inout HybridCandidates, _ needed: Needed?, _ pool: inout Pool, _ view: borrowing IndexView
    ) throws -> [RankedChunk] {
        // Phrases split the ranking in two, whatever the scores.
        guard let needed, terms.phrases.isEmpty else { return try candidates.all(view) }
        let background = try view.cosineBackground(vector)
        pool.background = background
        return try candidates.best(
            needed.count, grouped: needed.grouped, background: background, identifiers: identifiers, view)
    }

    /// Returns all candidates, best first.
    private func order(_ pool: Pool, _ view: borrowing IndexView) throws -> [RankedChunk] {
        guard mode == .hybrid else { return pool.candidates }
        return fused(pool.candidates, background: try pool.background ?? view.cosineBackground(vector))
    }

    /// Returns the candidates of both sides, mixed by the weight of this query. Chunks with all of the query's quoted phrases rank first:
    /// their scores are in the upper half of `0...1`, the others' in the lower half.
    private func fused(_ candidates: [RankedChunk], background: CosineBackground) -> [RankedChunk] {
        let weight = FusionWeight(candidates, background: background, identifiers: identifiers).dense
        let scores = Fusion(denseWeight: weight).scores(candidates)
        let isSplit = candidates.contains(where: \.hasPhrases) && candidates.contains { !$0.hasPhrases }
        return zip(candidates, scores).map { candidate, score in
            var ranked = candidate
            ranked.hit.score = isSplit ? score / 2 + (candidate.hasPhrases ? 0.5 : 0) : score
            ranked.parts.denseWeight = weight
            return ranked
        }
        .sorted(by: Self.isBetter)
    }

    private static func isBetter(_ a: RankedChunk, _ b: RankedChunk) -> Bool { (a.hit.score, b.hit.chunk) > (b.hit.score, a.hit.chunk) }

    /// The number of chunks of which the results consist, or of documents.
    private struct Needed {
        let count: Int
        let grouped: Bool
    }

    /// The candidates found so far.
    private struct Pool {
        var candidates: [RankedChunk] = []
        /// The documents in which candidates were found, those removed since included.
        var documents: Set<Int64> = []
        var plans: [DensePlan] = []
        /// The distribution of the query's cosine in the view of the last search, if that needed it.
        var background: CosineBackground?

        func hasDocuments(_ count: Int) -> Bool { Set(candidates.map(\.hit.document)).count >= count }
    }
}

extension RankedChunk {
    fileprivate var hasPhrases: Bool { parts.evidence?.hasPhrases ?? false }
}
