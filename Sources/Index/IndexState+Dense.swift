internal import Kernels

extension IndexState {
    /// Number of rows scored at a time, chosen so that their codes and scores stay in the L1 cache.
    private static let block = 256

    /// Searches for candidates by int8 codes and rescores the best of them by float32 rows.
    ///
    /// - Parameters:
    ///   - filter: the eligible live rows; `nil` for all.
    ///   - ef: `ef` of the graph search; `nil` scans.
    ///   - hidden: row that the search treats as if it were not in the index; `nil` for none. Only without a filter.
    func searchDense(
        _ query: [Float], limit: Int, filter: RowBits?, ef: Int?, leavingOut hidden: Int? = nil
    ) throws(IndexError) -> (hits: [IndexHit], plan: DensePlan) {
        let conditions = self.conditions(limit: limit, filter: filter, ef: ef)
        let (limit, plan) = (conditions.limit, conditions.plan)
        guard limit > 0 else { return ([], .scan) }
        let code = Int8Code.encode(query.span)
        if case .graph(let ef) = plan, let rows = try searchGraph(code, ef: ef, conditions, filter: filter, leavingOut: hidden) {
            return (try rescored(rows, query, limit: limit), plan)
        }
        let scan = conditions.planWithoutGraph
        let rows = rows(scanned(code, scan, limit: limit, filter: filter)).filter { $0 != hidden }
        return (try rescored(rows, query, limit: limit), scan)
    }

    private func conditions(limit: Int, filter: RowBits?, ef: Int?) -> DenseConditions {
        let eligible = filter?.count ?? catalog.liveCount
        let limit = min(limit, eligible)
        return DenseConditions(
            rows: catalog.count, eligible: eligible, graphRows: graphRows, isFiltered: filter != nil, limit: limit, ef: ef,
            binaryPool: filter.flatMap { filter in binaryCodes.flatMap { $0.pool(limit, among: filter.count(below: $0.rows)) } },
            calibration: calibration)
    }

    /// Returns candidates from a graph search and from a scan of the rows that the graph does not cover; `nil` if the graph search finds
    /// far fewer eligible rows than it would with a random filter, because the eligible rows are not near the query.
    private func searchGraph(
        _ code: [UInt8], ef: Int, _ conditions: DenseConditions, filter: RowBits?, leavingOut hidden: Int?
    ) throws(IndexError) -> [Int]? {
        guard let graph else { return nil }
        let candidates = Self.candidates(conditions.limit)
        let eligible = filter?.words ?? (catalog.deletedCount > 0 ? catalog.live : nil)
        var found = try graph.search(over: codes, query: code, eligible: eligible, ef: ef, limit: candidates, leavingOut: hidden)
        guard found.near >= min(Int(conditions.share * Double(ef) / 2), graph.count), found.rows.count >= min(conditions.limit, graph.count)
        else { return nil }
        if graph.count < catalog.count {
            var pool = TopK(capacity: candidates)
            scan(graph.count..<catalog.count, code, filter: filter, into: &pool)
            found.rows += rows(pool).filter { $0 != hidden }
        }
        return found.rows
    }

    /// Returns the best chunks of a scan: of all eligible rows, or of those that the binary codes select.
    private func scanned(_ code: [UInt8], _ plan: DensePlan, limit: Int, filter: RowBits?) -> TopK {
        if case .binaryThenScan(let size) = plan, let filter, let binaryCodes {
            var pool = TopK(capacity: Self.candidates(limit))
            scan(binaryCodes.nearest(size, to: code, among: filter.rows()), code, into: &pool)
            return pool
        }
        var pool = TopK(capacity: max(Self.candidates(limit), Self.leastScanned))
        scan(code, filter: filter, into: &pool)
        return pool
    }

    /// Scores the given rows, to measure the time that it takes.
    func scoreEach(_ rows: [UInt32], _ code: [UInt8]) {
        var pool = TopK(capacity: 1)
        scan(rows, code, into: &pool)
    }

    /// Returns the `count` live rows with the best int8 scores, best first.
    func scannedItems(_ code: [UInt8], count: Int) -> [TopK.Item] {
        var pool = TopK(capacity: count)
        scan(code, filter: nil, into: &pool)
        return pool.sorted()
    }

    /// Minimum number of candidates of a scan, which cost little.
    private static let leastScanned = 40

    /// Returns the number of candidates to rescore in float32. The error of an int8 score is a small part of the difference between the
    /// scores at both ends of the surplus.
    private static func candidates(_ limit: Int) -> Int { limit + max(limit / 2, 4) }

    /// Returns the rows of a pool of chunk IDs. Pools hold chunk IDs so that ties are resolved by the smallest ID.
    private func rows(_ pool: consuming TopK) -> [Int] { pool.sorted().compactMap { catalog.row(ofChunk: $0.id) } }

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
