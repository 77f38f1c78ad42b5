internal import Kernels

/// A table of the rows' binary codes (sign bits), for filters that pass so many rows that scoring all of them takes longer
/// than an unfiltered search: only the rows with the smallest Hamming distance to the query are scored.
///
/// The number of rows to score is measured on queries. For some vectors, such as those whose components all have the same
/// sign, it is too large, and the table is not used. Maintenance builds the table in memory; it is not in the snapshot.
struct BinaryCodeTable: Sendable {
    /// The measured number of rows to score (`size`) among `rows` eligible ones; `nil` if binary codes are too imprecise.
    private struct Pool {
        let rows: Int
        let size: Int?

        /// - Parameter fewer: a measurement with fewer rows, to interpolate from; without it, the size is scaled, but not down.
        func size(at rows: Int, from fewer: Pool?) -> Int? {
            guard let size else { return nil }
            guard let fewer, let least = fewer.size, self.rows > fewer.rows else { return max(size, size * rows / max(self.rows, 1)) }
            return least + max(0, size - least) * max(0, rows - fewer.rows) / (self.rows - fewer.rows)
        }
    }

    /// Minimum number of eligible rows for which the table is used.
    static let minimumRows = 1_024
    /// Sampling intervals of the measurements: each simulates a filter that passes one of this many rows. With more rows, more of
    /// them are as near by binary code as the nearest.
    static let measuredShares = [8, 2]
    /// Target share of the ten nearest rows that must be among the rows scored.
    private static let target = 0.995
    private static let measuredLimit = 10

    let rows: Int
    private let dimension: Int
    private let binaryCodes: [UInt64]
    /// Measurements, by ascending number of rows.
    private var pools: [Pool] = []

    /// Creates a table without measurements; call `measure` before use.
    init(_ codes: Codes) {
        (rows, dimension) = (codes.count, codes.dimension)
        binaryCodes = codes.withCodes { BinaryCodes.of(codes: $0, dimension: codes.dimension) }
    }

    /// Number of rows to score in the measurement with the fewest rows.
    var pool: Int? { pools.first?.size }

    var bytes: Int { binaryCodes.count * MemoryLayout<UInt64>.size }

    /// Returns the number of rows to score for `limit` results among `eligible` rows of the table; `nil` for few rows, without a usable
    /// measurement, or if it requires a quarter or more.
    func pool(_ limit: Int, among eligible: Int) -> Int? {
        guard eligible >= Self.minimumRows, let pool = pool(of: eligible) else { return nil }
        let (wanted, tooMany) = pool.multipliedReportingOverflow(by: max(1, (limit + Self.measuredLimit - 1) / Self.measuredLimit))
        return !tooMany && wanted < eligible / 4 ? wanted : nil
    }

    /// Returns the `count` of `rows` (ascending) with the smallest Hamming distance to `query`, plus rows added after the table was built.
    func nearest(_ count: Int, to query: [UInt8], among rows: [UInt32]) -> [UInt32] {
        let covered = rows.prefix(covering: self.rows)
        let known = rows.span.extracting(first: covered)
        let nearest = BinaryCodes.nearest(
            min(count, covered), to: BinaryCodes.of(codes: query.span, dimension: dimension).span, codes: binaryCodes.span, rows: known,
            dimension: dimension)
        return covered == rows.count ? nearest : nearest + rows[covered...]
    }

    /// Returns the number of rows to score among `rows`: interpolated linearly between measurements, proportional beyond the last.
    private func pool(of rows: Int) -> Int? {
        guard let place = pools.firstIndex(where: { $0.rows >= rows }) else { return pools.last?.size(at: rows, from: nil) }
        return pools[place].size(at: rows, from: place > 0 ? pools[place - 1] : nil)
    }

    private func distances(_ query: [UInt8], _ rows: Span<UInt32>) -> [UInt32] {
        BinaryCodes.distances(query: BinaryCodes.of(codes: query.span, dimension: dimension).span, codes: binaryCodes.span, rows: rows)
    }

    /// Measures how many of `rows` must be scored.
    ///
    /// - Parameters:
    ///   - sample: int8 codes of queries, each with its ten nearest of `rows` by an exact search.
    ///   - rows: eligible rows, ascending, more than in the previous measurement.
    mutating func measure(_ sample: [(query: [UInt8], nearest: [UInt32])], among rows: [UInt32]) {
        var ranks: [Int] = []
        for (query, nearest) in sample {
            let distances = distances(query, rows.span)
            var counts = [Int](repeating: 0, count: dimension + 1)
            for distance in distances { counts[Int(distance)] += 1 }
            // Cumulative counts: a row's rank includes all rows at the same distance.
            for place in 1..<counts.count { counts[place] += counts[place - 1] }
            ranks += nearest.compactMap { row in
                let place = rows.prefix(covering: Int(row))
                return place < rows.count && rows[place] == row ? counts[Int(distances[place])] : nil
            }
        }
        ranks.sort()
        guard let worst = ranks.last else { return }
        let place = Int(Double(ranks.count) * Self.target)
        let rank = place < ranks.count ? ranks[place] : worst
        pools.append(Pool(rows: rows.count, size: rank <= rows.count / 8 ? max(rank + rank / 8, 64) : nil))
    }
}
