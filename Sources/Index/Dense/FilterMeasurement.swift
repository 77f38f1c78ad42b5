internal import Kernels

/// Measures a `FilterCalibration` on a filter that passes every other row.
struct FilterMeasurement {
    let view: IndexState
    let graph: Graph
    let table: BinaryCodeTable
    /// Queries, each with the scores of its nearest eligible rows, best first.
    let sample: [(query: [Float], scores: [Float])]
    let eligible: RowBits
    let limit: Int
    /// `ef` of an unfiltered search.
    let ef: Int

    private static let rounds = 3
    /// Number of queries that are timed.
    private static let timed = 16
    /// Maximum number of rows that are scored for the time of one.
    private static let scoredRows = 4_096
    private static let growths = [0.2, 0.35, 0.5, 0.7, 1]
    /// Recall from which a growth of `ef` suffices.
    private static let target = 0.992

    /// - Throws: `.damaged`; `.exhausted`.
    func calibration() throws(IndexError) -> FilterCalibration {
        let codes = sample.prefix(Self.timed).map { Int8Code.encode($0.query.span) }
        guard !codes.isEmpty else { return .initial }
        let rows = eligible.rows()
        let few = Array(rows.prefix(Self.scoredRows))
        let pool = table.pool ?? BinaryCodeTable.minimumRows
        var times = FilterCalibration.initial
        times.gatheredRowNanoseconds = try nanoseconds(codes) { view.scoreEach(few, $0) } / Double(max(few.count, 1))
        let comparison = try nanoseconds(codes) { _ = table.nearest(pool, to: $0, among: rows) }
        times.binaryCodeRowNanoseconds = comparison / Double(max(rows.count, 1))
        times.efNanoseconds = try graphNanoseconds(codes)
        times.efGrowth = try growth()
        return times
    }

    /// Returns the shortest time of `body`, averaged over the queries: other processes only lengthen it.
    private func nanoseconds(_ codes: [[UInt8]], _ body: ([UInt8]) throws(IndexError) -> Void) throws(IndexError) -> Double {
        var sum = 0.0
        for code in codes {
            var shortest = Double.infinity
            for _ in 0..<Self.rounds {
                let start = ContinuousClock.now
                try body(code)
                shortest = min(shortest, (ContinuousClock.now - start) / .nanoseconds(1))
            }
            sum += shortest
        }
        return sum / Double(codes.count)
    }

    private func graphNanoseconds(_ codes: [[UInt8]]) throws(IndexError) -> Double {
        func time(_ ef: Int) throws(IndexError) -> Double {
            try nanoseconds(codes) { code throws(IndexError) in
                _ = try graph.search(over: view.codes, query: code, eligible: eligible.words, ef: ef, limit: 2 * limit)
            }
        }
        let (narrow, wide) = (max(min(ef, 65_536) / 2, 1), min(2 * ef, 65_536))
        // At least a little: a disturbed measurement must not make graph search look free.
        return max((try time(wide) - time(narrow)) / Double(wide - narrow), 1)
    }

    /// Returns the smallest growth of `ef` that keeps the recall, the largest one if none does.
    private func growth() throws(IndexError) -> Double {
        let wanted = sample.reduce(0) { $0 + $1.scores.count }
        for growth in Self.growths {
            let grown = min(DenseConditions.increased(ef, share: 0.5, limit: limit, growth: growth), 65_536)
            var found = 0
            for (query, scores) in sample {
                guard let worst = scores.last else { continue }
                let rows = try graph.search(
                    over: view.codes, query: Int8Code.encode(query.span), eligible: eligible.words, ef: grown, limit: 2 * limit
                ).rows
                found += min(try view.rows.scores(query, rows: rows).count { $0 >= worst }, scores.count)
            }
            if Double(found) >= Self.target * Double(wanted) { return growth }
        }
        return Self.growths[Self.growths.count - 1]
    }
}
