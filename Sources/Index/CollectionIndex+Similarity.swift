extension CollectionIndex {
    /// Returns the exact cosine of `chunk` with each of `chunks`, in their order; `nil` for a chunk that does not exist, and
    /// `nil` for all of them if `chunk` does not exist.
    ///
    /// - Throws: `.damaged`.
    public func similarities(of chunk: Int64, to chunks: [Int64]) throws(IndexError) -> [Float?] {
        try detectingCorruption { () throws(IndexError) in
            try state.read { state throws(IndexError) in
                let others = chunks.map { state.catalog.row(ofChunk: $0) }
                guard let row = state.catalog.row(ofChunk: chunk) else { return Array(repeating: nil, count: chunks.count) }
                return try state.rows.scores(try state.rows.row(row), rows: others)
            }
        }
    }
}
