internal import Kernels
internal import Synchronization

/// The state of an index during one search: what the view returns belongs together. See `CollectionIndex.read`.
public struct IndexView: ~Copyable {
    let state: IndexState
    private let index: CollectionIndex

    init(state: IndexState, index: CollectionIndex) { (self.state, self.index) = (state, index) }

    func check(_ vector: [Float]) throws(IndexError) { try index.check(vector) }

    /// Searches for the `limit` chunks nearest to `query`: int8 codes find candidates, float32 rows order them. `DensePlan` says how; graph
    /// search may miss some of the nearest rows (`IndexOptions.recallTarget`).
    ///
    /// - Parameters:
    ///   - query: a vector of `dimension` components, L2-normalised.
    ///   - filter: documents to search; `nil` searches all of them.
    ///   - excluded: documents to exclude.
    /// - Returns: hits, best first, scored by the float32 dot product (the cosine), ties by ascending chunk ID; and the plan that found
    ///   them.
    /// - Throws: `.dimensionMismatch`; `.notFinite`; `.exhausted`; `.damaged`.
    public func searchDense(
        _ query: [Float], limit: Int, filter: DocumentFilter?, excluding excluded: Set<Int64> = []
    ) throws(IndexError) -> (hits: [IndexHit], plan: DensePlan) {
        try check(query)
        // `ef` was measured for ten rows; a search for more needs at least twice its limit.
        let ef = max(state.recall?.ef ?? index.options.graphSearchEf, 2 * min(max(limit, 0), state.catalog.count))
        var bits = filter.map { $0.bits(in: state) }
        if !excluded.isEmpty { bits = state.catalog.bits(bits, without: excluded) }
        let found = try state.searchDense(query, limit: limit, filter: bits, ef: ef)
        if filter != nil, let bits, bits.count >= BinaryCodeTable.minimumRows { index.wantsBinaryCodes.store(true, ordering: .relaxed) }
        if bits == nil, state.graph != nil { index.probes.offer(query) }
        return found
    }

    /// Searches as above, with an explicit `ef`; `nil` scans every eligible row.
    package func searchDense(
        _ query: [Float], limit: Int, filter: DocumentFilter?, ef: Int?
    ) throws(IndexError) -> (hits: [IndexHit], plan: DensePlan) {
        try check(query)
        return try state.searchDense(query, limit: limit, filter: filter.map { $0.bits(in: state) }, ef: ef)
    }

    /// Returns the query's terms with their weights: BM25 statistics cover this collection's live chunks.
    package func weighted(_ terms: QueryTerms) -> WeightedQuery { state.lexical.weighted(terms) }

    /// Searches for the `limit` chunks with the highest BM25 score. Only chunks with at least one query term match.
    ///
    /// - Parameters:
    ///   - query: terms that this view weighted.
    ///   - filter: documents to search; `nil` searches all of them.
    ///   - excluded: documents to exclude.
    /// - Returns: hits, best first; ties by ascending chunk ID.
    package func searchLexical(
        _ query: WeightedQuery, limit: Int, filter: DocumentFilter?, excluding excluded: Set<Int64> = []
    ) -> [IndexHit] {
        index.scratch.withScores { scores in
            state.searchLexical(query, limit: limit, allowed: filter?.documents, excluded: excluded, scores: &scores)
        }
    }

    public func contains(_ chunk: Int64) -> Bool { state.catalog.row(ofChunk: chunk) != nil }

    /// Returns the exact cosine of `query` with each chunk, in the order of `chunks`.
    ///
    /// - Throws: `.dimensionMismatch`; `.notFinite`; `.unknownChunk`; `.damaged`.
    public func cosines(_ query: [Float], of chunks: [Int64]) throws(IndexError) -> [Float] {
        try check(query)
        return try state.rows.scores(query, rows: rows(of: chunks))
    }

    /// Returns the lexical evidence of each chunk, in the order of `chunks`, with the same score as in `searchLexical`.
    ///
    /// - Throws: `.unknownChunk`.
    package func evidence(_ query: WeightedQuery, of chunks: [Int64]) throws(IndexError) -> [LexicalEvidence] {
        var reader = RowReader(query)
        return try rows(of: chunks).map { reader.evidence(of: state.lexical, row: $0) }
    }

    /// Returns copies of the chunks' vectors.
    ///
    /// - Throws: `.unknownChunk`; `.damaged`.
    public func vectors(of chunks: [Int64]) throws(IndexError) -> ChunkVectors {
        var vectors: [[Float]] = []
        for row in try rows(of: chunks) { vectors.append(try state.rows.row(row)) }
        return ChunkVectors(vectors: vectors)
    }

    private func rows(of chunks: [Int64]) throws(IndexError) -> [Int] {
        var rows: [Int] = []
        rows.reserveCapacity(chunks.count)
        for chunk in chunks {
            guard let row = state.catalog.row(ofChunk: chunk) else {
                throw IndexError(.unknownChunk, "chunk \(chunk) is not in the index")
            }
            rows.append(row)
        }
        return rows
    }
}

/// The vectors of some chunks, copied out of an index.
public struct ChunkVectors: Sendable {
    let vectors: [[Float]]

    /// Returns the cosine of one of the chunks with each of them, in their order.
    public func cosines(with place: Int) -> [Float] {
        let vector = vectors[place]
        return vectors.map { dot(vector.span, $0.span) }
    }
}
