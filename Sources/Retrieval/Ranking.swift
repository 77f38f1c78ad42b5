package import Index

/// A chunk in its final place.
package struct RankedChunk: Equatable {
    package let chunk: Int64
    package let document: Int64
    package let score: Float
    package let parts: ScoreParts
}

/// Finds and orders candidates in one index. Computes and waits for locks: run it off the cooperative pool.
package struct Ranking {
    private let index: CollectionIndex
    private let mode: SearchMode
    private let query: String
    private let vector: [Float]
    private let allowed: Set<Int64>?

    /// - Parameters:
    ///   - vector: of the query, L2-normalised; empty for `.lexical`.
    ///   - allowed: documents that may appear; `nil` for all.
    package init(index: CollectionIndex, mode: SearchMode, query: String, vector: [Float], allowed: Set<Int64>?) {
        self.index = index
        self.mode = mode
        self.query = query
        self.vector = vector
        self.allowed = allowed
    }

    /// Up to `limit` chunks, best first; with `grouped`, the best chunk of each of up to `limit` documents.
    ///
    /// Grouping may need more chunks than were asked for: the depth is doubled until there are enough documents or no more
    /// chunks.
    package func top(_ limit: Int, grouped: Bool) throws -> [RankedChunk] {
        var depth = max(100, limit * (grouped ? 3 : 1))
        while true {
            let ranked = try ranked(depth: depth)
            let result = grouped ? Self.firstOfEachDocument(ranked) : ranked
            if result.count >= limit || !grouped || ranked.count < depth { return Array(result.prefix(limit)) }
            depth *= 2
        }
    }

    private func ranked(depth: Int) throws -> [RankedChunk] {
        switch mode {
        case .dense:
            try index.searchDense(vector, limit: depth, allowed: allowed).map {
                RankedChunk(chunk: $0.chunk, document: $0.document, score: $0.score, parts: ScoreParts(dense: $0.score, lexical: nil))
            }
        case .lexical:
            index.searchLexical(query, limit: depth, allowed: allowed).map {
                RankedChunk(chunk: $0.chunk, document: $0.document, score: $0.score, parts: ScoreParts(dense: nil, lexical: $0.score))
            }
        case .hybrid:
            Self.order(try candidates(depth: depth))
        }
    }

    /// The best of both sides, each scored exactly by both.
    private func candidates(depth: Int) throws -> [Fusion.Candidate] {
        let dense = try index.searchDense(vector, limit: depth, allowed: allowed)
        let lexical = index.searchLexical(query, limit: depth, allowed: allowed)
        var documents: [Int64: Int64] = [:]
        for hit in dense + lexical { documents[hit.chunk] = hit.document }
        let chunks = documents.keys.sorted()
        let cosines = try index.cosineScores(vector, chunks: chunks)
        let bm25 = index.lexicalScores(query, chunks: chunks)
        return chunks.indices.compactMap { place in
            guard let cosine = cosines[place], let document = documents[chunks[place]] else { return nil }
            return Fusion.Candidate(chunk: chunks[place], document: document, dense: cosine, lexical: bm25[place] ?? 0)
        }
    }

    private static func order(_ candidates: [Fusion.Candidate]) -> [RankedChunk] {
        zip(candidates, Fusion().scores(candidates)).map { candidate, score in
            RankedChunk(
                chunk: candidate.chunk, document: candidate.document, score: score,
                parts: ScoreParts(dense: candidate.dense, lexical: candidate.lexical))
        }
        .sorted { ($0.score, -$0.chunk) > ($1.score, -$1.chunk) }
    }

    static func firstOfEachDocument(_ ranked: [RankedChunk]) -> [RankedChunk] {
        var seen: Set<Int64> = []
        return ranked.filter { seen.insert($0.document).inserted }
    }
}
