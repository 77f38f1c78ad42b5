internal import Kernels

/// The signs of the first rows' codes, made where filters pass so many rows that scoring all of them takes longer than a
/// search without a filter: the rows whose signs differ least from the query's are scored instead.
///
/// How many of them it takes is measured on queries; for some vectors, as those whose components all have one sign, it is
/// too many, and the table is then not used. It is made in memory, by upkeep, and no part of a snapshot.
struct SignTable: Sendable {
    /// Rows to score for the ten nearest of so many to be among them; `nil` if the signs tell too little.
    private struct Pool {
        let rows: Int
        let size: Int?

        /// - Parameter fewer: a measurement of fewer rows, if `rows` is between the two; without it no less than this one's.
        func size(at rows: Int, from fewer: Pool?) -> Int? {
            guard let size else { return nil }
            guard let fewer, let least = fewer.size, self.rows > fewer.rows else { return max(size, size * rows / max(self.rows, 1)) }
            return least + max(0, size - least) * max(0, rows - fewer.rows) / (self.rows - fewer.rows)
        }
    }

    /// Rows that pass a filter from which on the table is of use.
    static let worthFrom = 1_024
    /// Every so many rows are searched for a measurement, as if a filter passed them: the more rows, the more are as near by their
    /// signs as the nearest.
    static let measuredShares = [8, 2]
    /// The share of the ten nearest rows that is to be among those scored.
    private static let target = 0.995
    private static let measuredLimit = 10

    let rows: Int
    private let dimension: Int
    private let signs: [UInt64]
    /// By rows, fewest first.
    private var pools: [Pool] = []

    /// Without pools: measure them.
    init(_ codes: Codes) {
        (rows, dimension) = (codes.count, codes.dimension)
        signs = codes.withCodes { Signs.of(codes: $0, dimension: codes.dimension) }
    }

    /// Of the fewest rows that were measured.
    var pool: Int? { pools.first?.size }

    var bytes: Int { signs.count * MemoryLayout<UInt64>.size }

    /// Of `rows`, ascending, about as many as hold the `limit` nearest to `query`, those of least distance, and all that came
    /// after the table was made. `nil` if it is not known how many that are, or so many that one might as well take all.
    func nearest(_ limit: Int, to query: [UInt8], among rows: [UInt32]) -> [UInt32]? {
        let covered = rows.prefix(covering: self.rows)
        guard let pool = pool(of: covered) else { return nil }
        let (wanted, tooMany) = pool.multipliedReportingOverflow(by: max(1, (limit + Self.measuredLimit - 1) / Self.measuredLimit))
        guard !tooMany, wanted < covered / 4 else { return nil }
        let known = rows.span.extracting(first: covered)
        let nearest = Signs.leastDistant(wanted, of: known, distances: distances(query, known), dimension: dimension)
        return covered == rows.count ? nearest : nearest + rows[covered...]
    }

    /// For the ten nearest of `rows`: between two measurements on the line through them, beyond the last in proportion.
    private func pool(of rows: Int) -> Int? {
        guard let place = pools.firstIndex(where: { $0.rows >= rows }) else { return pools.last?.size(at: rows, from: nil) }
        return pools[place].size(at: rows, from: place > 0 ? pools[place - 1] : nil)
    }

    private func distances(_ query: [UInt8], _ rows: Span<UInt32>) -> [UInt32] {
        Signs.distances(query: Signs.of(codes: query.span, dimension: dimension).span, signs: signs.span, rows: rows)
    }

    /// Finds out how many of `among` have to be scored.
    ///
    /// - Parameters:
    ///   - sample: codes of queries, and for each the nearest ten of `among` by an exact search.
    ///   - among: rows, ascending, more than in the measurement before.
    mutating func measure(_ sample: [(query: [UInt8], nearest: [UInt32])], among rows: [UInt32]) {
        var ranks: [Int] = []
        for (query, nearest) in sample {
            let distances = distances(query, rows.span)
            var counts = [Int](repeating: 0, count: dimension + 1)
            for distance in distances { counts[Int(distance)] += 1 }
            // Of rows at the same distance all are taken.
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

extension [UInt32] {
    /// How many of these rows, ascending, are below `bound`.
    fileprivate func prefix(covering bound: Int) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = low + (high - low) / 2
            if Int(self[middle]) < bound { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
