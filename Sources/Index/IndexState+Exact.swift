internal import Kernels

extension IndexState {
    /// Number of rows that an exact search scores in float32 at first, and its growth while they do not suffice.
    private static let exactPool = (first: 128, growth: 8)
    /// Maximum number of rows that an exact search scores in float32. Where more are almost equally near, any of them is a right result.
    private static let largestExactPool = 8_192
    /// Multiple of the largest error of an int8 score among the rows scored in float32 that no other row is expected to exceed.
    private static let errorMargin: Float = 2

    /// Returns the float32 scores of the `limit` live rows nearest to `query`, best first.
    ///
    /// int8 codes order rows only approximately, and where thousands of rows are almost equally near, the best few of a scan are not the
    /// nearest. So more and more of them are scored in float32, until the int8 scores of all others are lower than the worst result's by
    /// more than the error of int8 scores.
    ///
    /// - Parameter row: a row to leave out; `nil` for none.
    /// - Throws: `.damaged` if a row is corrupt.
    func exactScores(_ query: [Float], limit: Int, leavingOut row: Int?) throws(IndexError) -> [Float] {
        let code = Int8Code.encode(query.span)
        // The kernel does not apply the query's scale.
        let scale = query.reduce(0) { max($0, abs($1)) } / 127
        var size = max(Self.exactPool.first, limit)
        while true {
            let pool = scannedItems(code, count: size)
            let rows = pool.map { catalog.row(ofChunk: $0.id) ?? 0 }
            let exact = try self.rows.scores(query, rows: rows)
            let best = zip(rows, exact).filter { $0.0 != row }.map(\.1).sorted(by: >).prefix(limit)
            guard let worst = best.last, let last = pool.last, pool.count < catalog.liveCount, size < Self.largestExactPool else {
                return Array(best)
            }
            let error = zip(pool, exact).reduce(0) { max($0, abs($1.0.score * scale - $1.1)) }
            if last.score * scale + Self.errorMargin * error < worst { return Array(best) }
            size = min(size * Self.exactPool.growth, Self.largestExactPool)
        }
    }
}
