internal import Kernels
internal import Synchronization

/// The table of binary codes: built after the first search whose filter passes many rows, if there is a graph.
extension CollectionIndex {
    /// Number of queries for the measurement; stored rows are used if there are too few.
    private static let sampleSize = 64

    func needsSigns(_ state: borrowing IndexState) -> Bool {
        guard signsWanted.load(ordering: .relaxed), let graph = state.graph, options.recallTarget > 0 else { return false }
        guard let signs = state.signs else { return true }
        return graph.count > signs.rows
    }

    /// Builds and measures a table over all rows. The caller holds `upkeep`, so no compaction renumbers the rows.
    func updateSigns() throws(IndexError) -> IndexUpkeep? {
        let (isDue, view) = state.read { (needsSigns($0), $0) }
        guard isDue else { return nil }
        var table = SignTable(view.codes)
        let queries = probes.queries.suffix(Self.sampleSize)
        let sample = Array(queries) + storedVectors(Self.sampleSize - queries.count)
        for share in SignTable.measuredShares { try measure(&table, share: share, sample, in: view) }
        state.write { [table] in $0.signs = table }
        return .madeSigns(pool: table.pool)
    }

    /// Measures the table on a filter that passes every `share`-th row, against an exhaustive search.
    private func measure(_ table: inout SignTable, share: Int, _ sample: [[Float]], in view: IndexState) throws(IndexError) {
        var bits = RowBits(rows: view.catalog.count)
        for row in stride(from: 0, to: table.rows, by: share) where view.catalog.isLive(row) { bits.insert(row) }
        bits.list()
        var truths: [(query: [UInt8], nearest: [UInt32])] = []
        for query in sample {
            let hits = try view.searchDense(query, limit: 10, filter: bits, width: nil)
            let nearest = hits.compactMap { view.catalog.row(ofChunk: $0.chunk).map { UInt32($0) } }
            truths.append((Int8Code.encode(query.span), nearest))
        }
        table.measure(truths, among: bits.rows())
    }
}
