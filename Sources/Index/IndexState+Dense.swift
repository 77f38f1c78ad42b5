internal import Foundation
internal import Kernels

extension IndexState {
    /// Rows scored at a time: their codes and scores stay in the first-level cache.
    private static let block = 256
    /// Rows that can be scored by name in the time in which a walk is made one row wider. Measured at 384 components.
    private static let rowsPerWidth = 32
    /// The same by their signs first.
    private static let signedRowsPerWidth = 120
    /// By which power of the share that does not pass a walk is made wider. Measured: recall then falls with no filter.
    private static let widening = 0.2

    /// Candidates by int8 codes, the best of them by float32 rows.
    ///
    /// - Parameters:
    ///   - filter: the live rows that may be found; `nil` is all.
    ///   - width: of a walk through the graph; `nil` scans.
    func searchDense(_ query: [Float], limit: Int, filter: RowBits?, width: Int?) throws(IndexError) -> [IndexHit] {
        let limit = min(limit, filter?.count ?? catalog.liveCount)
        guard limit > 0 else { return [] }
        let code = Int8Code.encode(query.span)
        if let rows = try walk(code, limit: limit, filter: filter, width: width) {
            return try rescored(rows, query, limit: limit)
        }
        if width != nil, let filter, let near = nearBySigns(code, limit: limit, filter: filter) {
            var pool = TopK(capacity: Self.candidates(limit))
            scan(near, code, into: &pool)
            return try rescored(rows(pool), query, limit: limit)
        }
        var pool = TopK(capacity: max(min(4 * limit, 65_536), limit, 40))
        scan(code, filter: filter, into: &pool)
        return try rescored(rows(pool), query, limit: limit)
    }

    /// The candidates of a walk through the graph and of a scan of the rows it does not cover; `nil` if a scan of all is
    /// called for: there is no graph, too much of it is asked for, so few rows pass the filter that they are scored sooner,
    /// or those that pass are not near the query.
    private func walk(_ code: [UInt8], limit: Int, filter: RowBits?, width: Int?) throws(IndexError) -> [Int]? {
        guard let width, let graph, graph.count > 0 else { return nil }
        let share = self.share(of: filter)
        let wide = Self.widened(width, limit: limit, share: share)
        guard wide <= min(65_536, graph.count / 8) else { return nil }
        if let filter, filter.count <= (signs?.pool == nil ? Self.rowsPerWidth : Self.signedRowsPerWidth) * wide { return nil }
        let candidates = Self.candidates(limit)
        let eligible = filter?.words ?? (catalog.deletedCount > 0 ? catalog.live : nil)
        var found = try graph.search(over: codes, query: code, eligible: eligible, width: wide, limit: candidates)
        // Far fewer than chance would have it: the rows that may be found lie elsewhere.
        guard found.near >= min(Int(share * Double(wide) / 2), graph.count), found.rows.count >= min(limit, graph.count) else { return nil }
        if graph.count < catalog.count {
            var pool = TopK(capacity: candidates)
            scan(graph.count..<catalog.count, code, filter: filter, into: &pool)
            found.rows += rows(pool)
        }
        return found.rows
    }

    /// Rows that are scored in float32 where an approximation has found them.
    private static func candidates(_ limit: Int) -> Int { limit + max(limit / 2, 4) }

    /// Pools hold chunks: of equal scores the smallest are kept.
    private func rows(_ pool: consuming TopK) -> [Int] { pool.sorted().compactMap { catalog.row(ofChunk: $0.id) } }

    /// Of the rows that pass a broad filter, those that are likely to be near.
    private func nearBySigns(_ code: [UInt8], limit: Int, filter: RowBits) -> [UInt32]? {
        guard filter.count >= SignTable.worthFrom, let signs else { return nil }
        return signs.nearest(limit, to: code, among: filter.rows())
    }

    /// Rows that may be found, of all that the walk meets.
    private func share(of filter: RowBits?) -> Double {
        Double(filter?.count ?? catalog.liveCount) / Double(max(catalog.count, 1))
    }

    /// A walk meets rows that may not be found as often as the others, so it has to keep more: so many that by chance it
    /// keeps twice as many that may be found as are asked for. Beyond that not in proportion, for it meets ten times as many rows
    /// as it keeps, and of those that may be found it forgets none that is good enough.
    private static func widened(_ width: Int, limit: Int, share: Double) -> Int {
        let passing = 1 / max(share, 1e-9)
        return Int(
            min(max(Double(width) * pow(passing, widening), passing > 1 ? 2 * Double(limit) * passing : Double(limit)), 1e9).rounded(.up))
    }

    private func scan(_ code: [UInt8], filter: RowBits?, into pool: inout TopK) {
        // Scoring rows by name is dearer a row than one after the other.
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

    /// In row order, so that memory is read forwards.
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

    /// The best of these live rows by their float32 vectors.
    private func rescored(_ rows: [Int], _ query: [Float], limit: Int) throws(IndexError) -> [IndexHit] {
        let hits = zip(rows, try self.rows.scores(query, rows: rows)).map { row, score in
            IndexHit(chunk: catalog.chunks[row], document: catalog.documents[row], score: score)
        }
        return Array(hits.sorted { $0.score > $1.score || ($0.score == $1.score && $0.chunk < $1.chunk) }.prefix(limit))
    }

    /// Hits of live chunks, best first.
    func hits(_ best: consuming TopK) -> [IndexHit] {
        best.sorted().compactMap { item in
            catalog.row(ofChunk: item.id).map {
                IndexHit(chunk: item.id, document: catalog.documents[$0], score: item.score)
            }
        }
    }
}
