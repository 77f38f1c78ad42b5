package import Index

/// A chunk in its final place.
package struct RankedChunk: Equatable {
    package let chunk: Int64
    package let document: Int64
    package let score: Float
    package let parts: ScoreParts

    package init(chunk: Int64, document: Int64, score: Float, parts: ScoreParts) {
        (self.chunk, self.document, self.score, self.parts) = (chunk, document, score, parts)
    }
}

/// Finds and orders candidates in one index. Computes and waits for locks: run it off the cooperative pool.
package struct Ranking {
    private let index: CollectionIndex
    private let mode: SearchMode
    private let query: String
    private let vector: [Float]
    private let filter: DocumentFilter?
    private let diversity: Diversity

    /// Candidates at least where they are put in another order than the one they were found in: of fewer there is too little to
    /// choose from.
    private static let leastDepth = 100

    /// - Parameters:
    ///   - vector: of the query, L2-normalised; empty for `.lexical`.
    ///   - filter: documents that may appear; `nil` for all.
    ///   - diversity: `0...1`: how much results are to differ from each other.
    package init(
        index: CollectionIndex, mode: SearchMode, query: String, vector: [Float], filter: DocumentFilter?, diversity: Float = 0
    ) {
        self.index = index
        self.mode = mode
        self.query = query
        self.vector = vector
        self.filter = filter
        self.diversity = Diversity(strength: diversity)
    }

    /// Up to `limit` chunks, best first; with `grouped`, the best chunk of each of up to `limit` documents.
    ///
    /// Grouping may need more chunks than were asked for: the depth is doubled until there are enough documents or no more
    /// chunks.
    package func top(_ limit: Int, grouped: Bool) throws -> [RankedChunk] {
        let isReordered = mode == .hybrid || diversity.strength > 0
        var depth = max(isReordered ? Self.leastDepth : 1, limit * (grouped || diversity.strength > 0 ? 3 : 1))
        while true {
            let ranked = try ranked(depth: depth)
            let result = grouped ? Self.firstOfEachDocument(ranked) : ranked
            if result.count >= limit || !grouped || ranked.count < depth {
                return try diversity.choose(limit, of: result, similarities: index.similarities)
            }
            depth *= 2
        }
    }

    private func ranked(depth: Int) throws -> [RankedChunk] {
        switch mode {
        case .dense:
            try index.searchDense(vector, limit: depth, filter: filter).map {
                RankedChunk(chunk: $0.chunk, document: $0.document, score: $0.score, parts: ScoreParts(dense: $0.score))
            }
        case .lexical: lexical(depth: depth)
        case .hybrid: try hybrid(depth: depth)
        }
    }

    private func lexical(depth: Int) -> [RankedChunk] {
        let hits = index.searchLexical(query, limit: depth, allowed: filter?.documents)
        let evidence = index.lexicalEvidence(query, chunks: hits.map(\.chunk))
        return zip(hits, evidence).map { hit, evidence in
            RankedChunk(
                chunk: hit.chunk, document: hit.document, score: hit.score,
                parts: ScoreParts(lexical: hit.score, evidence: evidence))
        }
    }

    /// The best of both sides, each scored exactly by both, mixed as this query asks for. Chunks that have all of the
    /// query's quoted phrases go before those that have not: in the upper half of `0...1`, the others in the lower.
    private func hybrid(depth: Int) throws -> [RankedChunk] {
        let pool = try pool(depth: depth)
        let background = try index.cosineBackground(vector)
        let weight = FusionWeight(
            pool.map(\.candidate), background: background, identifiers: QueryIdentifiers.share(of: query)
        ).dense
        let scores = Fusion(denseWeight: weight).scores(pool.map(\.candidate))
        let isSplit = pool.contains { $0.evidence.hasPhrases } && pool.contains { !$0.evidence.hasPhrases }
        return zip(pool, scores).map { pooled, score in
            let candidate = pooled.candidate
            let placed = isSplit ? score / 2 + (pooled.evidence.hasPhrases ? 0.5 : 0) : score
            return RankedChunk(
                chunk: candidate.chunk, document: candidate.document, score: placed,
                parts: ScoreParts(
                    dense: candidate.dense, lexical: pooled.evidence.score, evidence: pooled.evidence, denseWeight: weight))
        }
        .sorted { ($0.score, $1.chunk) > ($1.score, $0.chunk) }
    }

    private struct Pooled {
        let candidate: Fusion.Candidate
        let evidence: LexicalEvidence
    }

    private func pool(depth: Int) throws -> [Pooled] {
        let dense = try index.searchDense(vector, limit: depth, filter: filter)
        let lexical = index.searchLexical(query, limit: depth, allowed: filter?.documents)
        var documents: [Int64: Int64] = [:]
        for hit in dense + lexical { documents[hit.chunk] = hit.document }
        let chunks = documents.keys.sorted()
        let cosines = try index.cosineScores(vector, chunks: chunks)
        let evidence = index.lexicalEvidence(query, chunks: chunks)
        return chunks.indices.compactMap { place in
            // A chunk may have gone since it was found.
            guard let cosine = cosines[place], let evidence = evidence[place], let document = documents[chunks[place]] else { return nil }
            let candidate = Fusion.Candidate(
                chunk: chunks[place], document: document, dense: cosine,
                lexical: evidence.score + Fusion.proximityWeight * evidence.proximity, coverage: evidence.coverage)
            return Pooled(candidate: candidate, evidence: evidence)
        }
    }

    static func firstOfEachDocument(_ ranked: [RankedChunk]) -> [RankedChunk] {
        var seen: Set<Int64> = []
        return ranked.filter { seen.insert($0.document).inserted }
    }
}
