internal import Kernels
internal import Synchronization

/// The table of binary codes: built after the first search whose filter passes many rows, if there is a graph.
extension CollectionIndex {
    /// Number of queries for the measurement; stored rows are used if there are too few.
    private static let sampleSize = 64

    func needsBinaryCodes(_ state: borrowing IndexState) -> Bool {
        guard wantsBinaryCodes.load(ordering: .relaxed), let graph = state.graph, options.recallTarget > 0 else { return false }
        guard let binaryCodes = state.binaryCodes else { return true }
        return graph.count > binaryCodes.rows
    }

    /// Builds and measures a table over all rows. The caller holds `maintenance`, so no compaction renumbers the rows.
    func updateBinaryCodes() throws(IndexError) -> IndexMaintenance? {
        let (isDue, view) = state.read { (needsBinaryCodes($0), $0) }
        guard isDue else { return nil }
        var table = BinaryCodeTable(view.codes)
        let queries = probes.queries.suffix(Self.sampleSize)
        let sample = Array(queries) + storedVectors(Self.sampleSize - queries.count)
        for share in BinaryCodeTable.measuredShares { try measure(&table, share: share, sample, in: view) }
        state.write { [table] in $0.binaryCodes = table }
        return .builtBinaryCodes(pool: table.pool)
    }

    /// Measures the table on a filter that passes every `share`-th row, against an exhaustive search.
    private func measure(_ table: inout BinaryCodeTable, share: Int, _ sample: [[Float]], in view: IndexState) throws(IndexError) {
        var bits = RowBits(rows: view.catalog.count)
        for row in stride(from: 0, to: table.rows, by: share) where view.catalog.isLive(row) { bits.insert(row) }
        bits.list()
        var exactScores: [(query: [UInt8], nearest: [UInt32])] = []
        for query in sample {
            let hits = try view.searchDense(query, limit: 10, filter: bits, ef: nil).hits
            let nearest = hits.compactMap { view.catalog.row(ofChunk: $0.chunk).map { UInt32($0) } }
            exactScores.append((Int8Code.encode(query.span), nearest))
        }
        table.measure(exactScores, among: bits.rows())
    }
}
