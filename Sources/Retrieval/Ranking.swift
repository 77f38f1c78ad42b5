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
    private let query: String
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
        self.query = query
        self.vector = vector
        self.filter = filter
        self.diversity = Diversity(strength: diversity)
        self.stop = stop
    }

    /// Returns up to `limit` chunks, best first; with `grouped`, the best chunk of each of up to `limit` documents.
    package func top(_ limit: Int, grouped: Bool) throws -> [RankedChunk] {
        let isReordered = mode == .hybrid || diversity.strength > 0
        let depth = max(isReordered ? Self.leastDepth : 1, limit * (grouped || diversity.strength > 0 ? 3 : 1))
        let ranked = grouped ? try firstOfEachDocument(limit, depth: depth) : try order(candidates(depth: depth))
        try stop.check()
        return try diversity.choose(limit, of: ranked) { chunk, others in
            try stop.check()
            return try index.similarities(of: chunk, to: others)
        }
    }

    /// Returns the best chunk of each document, best first. While the candidates cover fewer than `limit` documents, it searches again in
    /// the documents not found yet. So the work does not grow with the number of chunks per document.
    private func firstOfEachDocument(_ limit: Int, depth: Int) throws -> [RankedChunk] {
        var found: [Pooled] = []
        var documents: Set<Int64> = []
        while true {
            let round = try candidates(depth: depth, excluding: documents)
            found += round
            documents.formUnion(round.map(\.candidate.document))
            // A round has at least `depth` candidates unless there are no more; with hybrid search, chunks may have been removed since.
            if documents.count >= limit || round.isEmpty || (mode != .hybrid && round.count < depth) { break }
            try stop.check()
        }
        var seen: Set<Int64> = []
        return try order(found).sorted { ($0.score, $1.chunk) > ($1.score, $0.chunk) }.filter { seen.insert($0.document).inserted }
    }

    private func candidates(depth: Int, excluding excluded: Set<Int64> = []) throws -> [Pooled] {
        switch mode {
        case .dense:
            try index.searchDense(vector, limit: depth, filter: filter, excluding: excluded).map {
                Pooled(Fusion.Candidate(chunk: $0.chunk, document: $0.document, dense: $0.score, lexical: 0, coverage: 0), nil)
            }
        case .lexical: lexical(depth: depth, excluding: excluded)
        case .hybrid: try pool(depth: depth, excluding: excluded)
        }
    }

    private func lexical(depth: Int, excluding excluded: Set<Int64>) -> [Pooled] {
        let hits = index.searchLexical(query, limit: depth, allowed: filter?.documents, excluding: excluded)
        let evidence = index.lexicalEvidence(query, chunks: hits.map(\.chunk))
        return zip(hits, evidence).map { hit, evidence in
            Pooled(Fusion.Candidate(chunk: hit.chunk, document: hit.document, dense: 0, lexical: hit.score, coverage: 0), evidence)
        }
    }

    /// Returns all candidates, best first.
    private func order(_ pool: [Pooled]) throws -> [RankedChunk] {
        switch mode {
        case .dense: pool.map { $0.ranked($0.candidate.dense, ScoreParts(dense: $0.candidate.dense)) }
        case .lexical:
            pool.map { $0.ranked($0.candidate.lexical, ScoreParts(lexical: $0.candidate.lexical, evidence: $0.evidence)) }
        case .hybrid: try fused(pool)
        }
    }

    /// Returns the candidates of both sides, each scored exactly by both, mixed by the weight of this query. Chunks with all of the query's
    /// quoted phrases rank first: their scores are in the upper half of `0...1`, the others' in the lower half.
    private func fused(_ pool: [Pooled]) throws -> [RankedChunk] {
        let background = try index.cosineBackground(vector)
        let weight = FusionWeight(
            pool.map(\.candidate), background: background, identifiers: QueryIdentifiers.share(of: query)
        ).dense
        let scores = Fusion(denseWeight: weight).scores(pool.map(\.candidate))
        let isSplit = pool.contains(where: \.hasPhrases) && pool.contains { !$0.hasPhrases }
        return zip(pool, scores).map { pooled, score in
            let placed = isSplit ? score / 2 + (pooled.hasPhrases ? 0.5 : 0) : score
            return pooled.ranked(
                placed,
                ScoreParts(
                    dense: pooled.candidate.dense, lexical: pooled.evidence?.score, evidence: pooled.evidence, denseWeight: weight))
        }
        .sorted { ($0.score, $1.chunk) > ($1.score, $0.chunk) }
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

    private func pool(depth: Int, excluding excluded: Set<Int64>) throws -> [Pooled] {
        let dense = try index.searchDense(vector, limit: depth, filter: filter, excluding: excluded)
        let lexical = index.searchLexical(query, limit: depth, allowed: filter?.documents, excluding: excluded)
        var documents: [Int64: Int64] = [:]
        for hit in dense + lexical { documents[hit.chunk] = hit.document }
        let chunks = documents.keys.sorted()
        let cosines = try index.cosineScores(vector, chunks: chunks)
        let evidence = index.lexicalEvidence(query, chunks: chunks)
        return chunks.indices.compactMap { place in
            // A chunk may have been removed since it was found.
            guard let cosine = cosines[place], let evidence = evidence[place], let document = documents[chunks[place]] else { return nil }
            let candidate = Fusion.Candidate(
                chunk: chunks[place], document: document, dense: cosine,
                lexical: evidence.score + Fusion.proximityWeight * evidence.proximity, coverage: evidence.coverage)
            return Pooled(candidate, evidence)
        }
    }
}
