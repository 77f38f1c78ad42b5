internal import Foundation
internal import Kernels

extension IndexState {
    /// Number of rows scored at a time, chosen so that their codes and scores stay in the L1 cache.
    private static let block = 256
    /// Number of gathered rows that cost as much as increasing `ef` by one. Measured at 384 components.
    private static let gatheredRowsPerEf = 32
    /// The same number if binary codes select the rows first.
    private static let binaryCodeRowsPerEf = 120
    /// Exponent of 1 / (share of eligible rows) by which `ef` grows. Measured: with it, no filter lowers recall.
    private static let efGrowth = 0.2

    /// Searches for candidates by int8 codes and rescores the best of them by float32 rows.
    ///
    /// - Parameters:
    ///   - filter: the eligible live rows; `nil` for all.
    ///   - ef: `ef` of the graph search; `nil` scans.
    func searchDense(_ query: [Float], limit: Int, filter: RowBits?, ef: Int?) throws(IndexError) -> [IndexHit] {
        let limit = min(limit, filter?.count ?? catalog.liveCount)
        guard limit > 0 else { return [] }
        let code = Int8Code.encode(query.span)
        if let rows = try searchGraph(code, limit: limit, filter: filter, ef: ef) {
            return try rescored(rows, query, limit: limit)
        }
        if ef != nil, let filter, let near = nearestByBinaryCodes(code, limit: limit, filter: filter) {
            var pool = TopK(capacity: Self.candidates(limit))
            scan(near, code, into: &pool)
            return try rescored(rows(pool), query, limit: limit)
        }
        var pool = TopK(capacity: max(min(4 * limit, 65_536), limit, 40))
        scan(code, filter: filter, into: &pool)
        return try rescored(rows(pool), query, limit: limit)
    }

    /// Returns candidates from a graph search and from a scan of the rows that the graph does not cover. Returns `nil` if a scan
    /// of all eligible rows is better: there is no graph, `ef` would be too large for the graph, the filter is so selective
    /// that a scan is faster, or the rows that pass are not near the query.
    private func searchGraph(_ code: [UInt8], limit: Int, filter: RowBits?, ef: Int?) throws(IndexError) -> [Int]? {
        guard let ef, let graph, graph.count > 0 else { return nil }
        let share = self.share(of: filter)
        let grownEf = Self.increasedEf(ef, limit: limit, share: share)
        guard grownEf <= min(65_536, graph.count / 8) else { return nil }
        if let filter, filter.count <= (binaryCodes?.pool == nil ? Self.gatheredRowsPerEf : Self.binaryCodeRowsPerEf) * grownEf {
            return nil
        }
        let candidates = Self.candidates(limit)
        let eligible = filter?.words ?? (catalog.deletedCount > 0 ? catalog.live : nil)
        var found = try graph.search(over: codes, query: code, eligible: eligible, ef: grownEf, limit: candidates)
        // Far fewer eligible rows than a random filter would give: the eligible rows are not near the query.
        guard found.near >= min(Int(share * Double(grownEf) / 2), graph.count), found.rows.count >= min(limit, graph.count) else {
            return nil
        }
        if graph.count < catalog.count {
            var pool = TopK(capacity: candidates)
            scan(graph.count..<catalog.count, code, filter: filter, into: &pool)
            found.rows += rows(pool)
        }
        return found.rows
    }

    /// Returns the number of candidates from an approximate search to rescore in float32.
    private static func candidates(_ limit: Int) -> Int { limit + max(limit / 2, 4) }

    /// Returns the rows of a pool of chunk IDs. Pools hold chunk IDs so that ties are resolved by the smallest ID.
    private func rows(_ pool: consuming TopK) -> [Int] { pool.sorted().compactMap { catalog.row(ofChunk: $0.id) } }

    /// Returns the rows nearest by binary codes among those that pass a broad filter; `nil` if the table cannot be used.
    private func nearestByBinaryCodes(_ code: [UInt8], limit: Int, filter: RowBits) -> [UInt32]? {
        guard filter.count >= BinaryCodeTable.minimumRows, let binaryCodes else { return nil }
        return binaryCodes.nearest(limit, to: code, among: filter.rows())
    }

    /// Returns the share of all rows that are eligible.
    private func share(of filter: RowBits?) -> Double {
        Double(filter?.count ?? catalog.liveCount) / Double(max(catalog.count, 1))
    }

    /// Returns `ef` increased for a filter. Graph search also keeps ineligible rows as candidates, so `ef` must be at least so large
    /// that a random filter leaves twice `limit` eligible candidates. Beyond that it grows by a small power only: the search meets
    /// about ten times as many rows as it keeps, and drops no eligible row that is good enough.
    private static func increasedEf(_ ef: Int, limit: Int, share: Double) -> Int {
        let passing = 1 / max(share, 1e-9)
        return Int(
            min(max(Double(ef) * pow(passing, efGrowth), passing > 1 ? 2 * Double(limit) * passing : Double(limit)), 1e9).rounded(.up))
    }

    private func scan(_ code: [UInt8], filter: RowBits?, into pool: inout TopK) {
        // Per row, scoring gathered rows is slower than scoring consecutive ones.
        if let filter, filter.count < catalog.count / 3 * 2 {
            scan(filter.rows(), code, into: &pool)
        } else {
            scan(0..<catalog.count, code, filter: filter, into: &pool)
        }
    }

    private func scan(_ range: Range<Int>, _ code: [UInt8], filter: RowBits?, into pool: inout TopK) {
        var scores = [Float](repeating: 0, count: min(Self.block, range.count))
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + Self.block, range.upperBound)
            codes.withCodes { bytes in
                var out = scores.mutableSpan
                Int8Code.score(
                    query: code.span, codes: bytes.extracting(start * codes.stride..<end * codes.stride),
                    dimension: codes.dimension, into: &out)
            }
            for row in start..<end where scores[row - start] >= pool.threshold {
                guard filter?.contains(row) ?? catalog.isLive(row) else { continue }
                pool.offer(scores[row - start], id: catalog.chunks[row])
            }
            start = end
        }
    }

    /// Scans the given rows in ascending order, for sequential memory access.
    private func scan(_ rows: [UInt32], _ code: [UInt8], into pool: inout TopK) {
        var scores = [Float](repeating: 0, count: rows.count)
        codes.withCodes { bytes in
            var out = scores.mutableSpan
            Int8Code.score(query: code.span, codes: bytes, rows: rows.span, dimension: codes.dimension, into: &out)
        }
        for (place, score) in scores.enumerated() where score >= pool.threshold {
            pool.offer(score, id: catalog.chunks[Int(rows[place])])
        }
    }

    /// Returns the best `limit` of these live rows, rescored by their float32 vectors.
    private func rescored(_ rows: [Int], _ query: [Float], limit: Int) throws(IndexError) -> [IndexHit] {
        let hits = zip(rows, try self.rows.scores(query, rows: rows)).map { row, score in
            IndexHit(chunk: catalog.chunks[row], document: catalog.documents[row], score: score)
        }
        return Array(hits.sorted { $0.score > $1.score || ($0.score == $1.score && $0.chunk < $1.chunk) }.prefix(limit))
    }

    /// Returns the hits of a pool of chunk IDs, best first, without chunks that are no longer live.
    func hits(_ best: consuming TopK) -> [IndexHit] {
        best.sorted().compactMap { item in
            catalog.row(ofChunk: item.id).map {
                IndexHit(chunk: item.id, document: catalog.documents[$0], score: item.score)
            }
        }
    }
}
