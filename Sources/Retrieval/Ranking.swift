package import Index
package import Scheduling

/// A chunk of the final ranking.
package struct RankedChunk: Equatable {
    package let chunk: Int64
    package let document: Int64
    package let score: Float
    package let parts: ScoreParts

    package init(chunk: Int64, document: Int64, score: Float, parts: ScoreParts) {
        (self.chunk, self.document, self.score, self.parts) = (chunk, document, score, parts)
    }
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
        self.index = index
        self.mode = mode
        terms = QueryTerms(mode == .dense ? "" : query)
        identifiers = mode == .hybrid ? QueryIdentifiers.share(of: query) : 0
        self.vector = vector
        self.filter = filter
        self.diversity = Diversity(strength: diversity)
        self.stop = stop
    }

    /// The chunks of a search, and the plans of its dense searches.
    package struct Result {
        package let chunks: [RankedChunk]
        package let densePlans: [DensePlan]
    }

    /// Returns up to `limit` chunks, best first; with `grouped`, the best chunk of each of up to `limit` documents.
    ///
    /// Everything is read from one view of the index. Only a grouped search whose candidates cover fewer than `limit` documents searches
    /// again, in a new view, in the documents not found yet; so the work does not grow with the number of chunks per document.
    /// Candidates whose chunk was removed since an earlier view are dropped.
    package func top(_ limit: Int, grouped: Bool) throws -> Result {
        let isReordered = mode == .hybrid || diversity.strength > 0
        let depth = max(isReordered ? Self.leastDepth : 1, limit * (grouped || diversity.strength > 0 ? 3 : 1))
        var pool = Pool()
        while true {
            let ranked: (chunks: [RankedChunk], vectors: ChunkVectors?)? = try index.read { view in
                let count = try add(to: &pool, depth: depth, view)
                // A search returns at least `depth` candidates unless there are no more.
                guard !grouped || pool.hasDocuments(limit) || count < depth else { return nil }
                let chunks = grouped ? Self.firstOfEachDocument(try order(pool, view)) : try order(pool, view)
                return (chunks, diversity.strength > 0 ? try view.vectors(of: chunks.map(\.chunk)) : nil)
            }
            try stop.check()
            guard let ranked else { continue }
            let chosen = try diversity.choose(limit, of: ranked.chunks) { place in
                try stop.check()
                return ranked.vectors?.cosines(with: place) ?? []
            }
            return Result(chunks: chosen, densePlans: pool.plans)
        }
    }

    private static func firstOfEachDocument(_ ranked: [RankedChunk]) -> [RankedChunk] {
        var seen: Set<Int64> = []
        return ranked.sorted { ($0.score, $1.chunk) > ($1.score, $0.chunk) }.filter { seen.insert($0.document).inserted }
    }

    /// Adds the best candidates in documents that are not in the pool yet.
    ///
    /// - Returns: their number.
    private func add(to pool: inout Pool, depth: Int, _ view: borrowing IndexView) throws -> Int {
        pool.candidates.removeAll { !view.contains($0.candidate.chunk) }
        let dense = mode == .lexical ? nil : try view.searchDense(vector, limit: depth, filter: filter, excluding: pool.documents)
        if let dense { pool.plans.append(dense.plan) }
        try stop.check()
        var found: [Pooled] = []
        if mode == .dense, let dense {
            found = dense.hits.map {
                Pooled(Fusion.Candidate(chunk: $0.chunk, document: $0.document, dense: $0.score, lexical: 0, coverage: 0), nil)
            }
        } else {
            let query = view.weighted(terms)
            let lexical = view.searchLexical(query, limit: depth, filter: filter, excluding: pool.documents)
            if let dense { found = try merged(dense.hits, lexical, query, view) } else { found = try withEvidence(lexical, query, view) }
        }
        pool.candidates += found
        pool.documents.formUnion(found.map(\.candidate.document))
        return found.count
    }

    private func withEvidence(_ hits: [IndexHit], _ query: WeightedQuery, _ view: borrowing IndexView) throws -> [Pooled] {
        zip(hits, try view.evidence(query, of: hits.map(\.chunk))).map { hit, evidence in
            Pooled(Fusion.Candidate(chunk: hit.chunk, document: hit.document, dense: 0, lexical: hit.score, coverage: 0), evidence)
        }
    }

    /// Returns the candidates of both sides, each scored exactly by both.
    private func merged(
        _ dense: [IndexHit], _ lexical: [IndexHit], _ query: WeightedQuery, _ view: borrowing IndexView
    ) throws -> [Pooled] {
        let documents = Dictionary((dense + lexical).map { ($0.chunk, $0.document) }) { first, _ in first }
        let found = documents.sorted { $0.key < $1.key }
        let chunks = found.map(\.key)
        let (cosines, evidence) = (try view.cosines(vector, of: chunks), try view.evidence(query, of: chunks))
        return found.indices.map { place in
            let evidence = evidence[place]
            let candidate = Fusion.Candidate(
                chunk: found[place].key, document: found[place].value, dense: cosines[place],
                lexical: evidence.score + Fusion.proximityWeight * evidence.proximity, coverage: evidence.coverage)
            return Pooled(candidate, evidence)
        }
    }

    /// Returns all candidates, best first.
    private func order(_ pool: Pool, _ view: borrowing IndexView) throws -> [RankedChunk] {
        let plan = pool.plans.first
        switch mode {
        case .dense: return pool.candidates.map { $0.ranked($0.candidate.dense, ScoreParts(dense: $0.candidate.dense, densePlan: plan)) }
        case .lexical:
            return pool.candidates.map {
                $0.ranked($0.candidate.lexical, ScoreParts(lexical: $0.candidate.lexical, evidence: $0.evidence))
            }
        case .hybrid: return fused(pool.candidates, plan: plan, background: try view.cosineBackground(vector))
        }
    }

    /// Returns the candidates of both sides, mixed by the weight of this query. Chunks with all of the query's quoted phrases rank first:
    /// their scores are in the upper half of `0...1`, the others' in the lower half.
    private func fused(_ pool: [Pooled], plan: DensePlan?, background: CosineBackground) -> [RankedChunk] {
        let weight = FusionWeight(pool.map(\.candidate), background: background, identifiers: identifiers).dense
        let scores = Fusion(denseWeight: weight).scores(pool.map(\.candidate))
        let isSplit = pool.contains(where: \.hasPhrases) && pool.contains { !$0.hasPhrases }
        return zip(pool, scores).map { pooled, score in
            let placed = isSplit ? score / 2 + (pooled.hasPhrases ? 0.5 : 0) : score
            return pooled.ranked(
                placed,
                ScoreParts(
                    dense: pooled.candidate.dense, lexical: pooled.evidence?.score, evidence: pooled.evidence, denseWeight: weight,
                    densePlan: plan))
        }
        .sorted { ($0.score, $1.chunk) > ($1.score, $0.chunk) }
    }

    /// The candidates found so far.
    private struct Pool {
        var candidates: [Pooled] = []
        /// The documents in which candidates were found, those removed since included.
        var documents: Set<Int64> = []
        var plans: [DensePlan] = []

        func hasDocuments(_ count: Int) -> Bool { Set(candidates.map(\.candidate.document)).count >= count }
    }

    private struct Pooled {
        let candidate: Fusion.Candidate
        let evidence: LexicalEvidence?

        init(_ candidate: Fusion.Candidate, _ evidence: LexicalEvidence?) { (self.candidate, self.evidence) = (candidate, evidence) }

        var hasPhrases: Bool { evidence?.hasPhrases ?? false }

        func ranked(_ score: Float, _ parts: ScoreParts) -> RankedChunk {
            RankedChunk(chunk: candidate.chunk, document: candidate.document, score: score, parts: parts)
        }
    }
}
