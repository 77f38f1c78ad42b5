extension CollectionIndex {
    /// The exact cosine of one chunk with each of `chunks`, in their order; `nil` where there is no such chunk, and
    /// everywhere if the one is gone.
    public func similarities(of chunk: Int64, to chunks: [Int64]) -> [Float?] {
        state.read { state in
            let others = chunks.map { state.catalog.row(ofChunk: $0) }
            // A row that is damaged has no cosine that could be given; the search that found it says so.
            guard let row = state.catalog.row(ofChunk: chunk), (try? state.rows.verify([row] + others.compactMap(\.self))) != nil
            else { return Array(repeating: nil, count: chunks.count) }
            let vector = state.rows.withRow(row) { row in row.indices.map { row[$0] } }
            return others.map { row in row.map { state.rows.score(vector, row: $0) } }
        }
    }
}
