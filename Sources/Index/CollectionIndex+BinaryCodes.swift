internal import Kernels
internal import Synchronization

/// The table of binary codes: built after the first search whose filter passes many rows, if there is a graph.
extension CollectionIndex {
    /// Number of queries for the measurement; stored rows are used if there are too few.
    private static let sampleSize = 64
    private static let neighbours = 10
    /// The sampling interval, one of the table's, at which the costs of a filtered search are measured.
    private static let calibratedShare = 2

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
        let sample = Array(queries) + view.storedVectors(Self.sampleSize - queries.count).map(\.vector)
        var calibration = view.calibration
        for share in BinaryCodeTable.measuredShares {
            let eligible = view.every(share, of: table.rows)
            let exact = try exactSample(sample, eligible, in: view)
            table.measure(exact.map { (Int8Code.encode($0.query.span), $0.rows) }, among: eligible.rows())
            guard share == Self.calibratedShare, let graph = view.graph, options.recallTarget > 0 else { continue }
            calibration = try FilterMeasurement(
                view: view, graph: graph, table: table, sample: exact.map { ($0.query, $0.scores) }, eligible: eligible,
                limit: Self.neighbours, ef: view.recall?.ef ?? options.graphSearchEf
            ).calibration()
        }
        state.write { [table, calibration] in ($0.binaryCodes, $0.calibration) = (table, calibration) }
        return .builtBinaryCodes(pool: table.pool)
    }

    /// Returns the queries, each with the nearest eligible rows by an exact search.
    private func exactSample(
        _ sample: [[Float]], _ eligible: RowBits, in view: IndexState
    ) throws(IndexError) -> [(query: [Float], rows: [UInt32], scores: [Float])] {
        var exact: [(query: [Float], rows: [UInt32], scores: [Float])] = []
        for query in sample {
            let hits = try view.searchDense(query, limit: Self.neighbours, filter: eligible, ef: nil).hits
            let nearest = hits.compactMap { view.catalog.row(ofChunk: $0.chunk).map { UInt32($0) } }
            exact.append((query, nearest, hits.map(\.score)))
        }
        return exact
    }
}

extension IndexState {
    /// Returns every `interval`-th of the first `rows` rows, as far as they are live.
    fileprivate func every(_ interval: Int, of rows: Int) -> RowBits {
        var bits = RowBits(rows: catalog.count)
        for row in stride(from: 0, to: rows, by: interval) where catalog.isLive(row) { bits.insert(row) }
        bits.list()
        return bits
    }
}
