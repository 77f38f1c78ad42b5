internal import Kernels

extension IndexState {
    /// Rows scored at a time: their codes and scores stay in the first-level cache.
    private static let block = 256

    /// Candidates by int8 codes, best of them by float32 rows.
    ///
    /// - Parameter width: least width of a walk through the graph.
    func searchDense(
        _ query: [Float], limit: Int, allowed: Set<Int64>?, width: Int
    ) throws(IndexError) -> [IndexHit] {
        let limit = min(limit, catalog.liveCount)
        guard limit > 0 else { return [] }
        let code = Int8Code.encode(query.span)
        var pool = TopK(capacity: max(4 * limit, 40))
        if let allowed {
            scan(rowsOf: allowed, code, into: &pool)
        } else if try !walk(code, limit: limit, width: width, into: &pool) {
            scan(0..<catalog.count, code, into: &pool)
        }
        return rescored(pool, query, limit: limit)
    }

    /// Walks the graph and scans the rows it does not cover; `false`, and nothing in `pool`, if a scan of everything
    /// is called for: there is no graph, too much of it is asked for, or it led to too few live rows.
    private func walk(_ code: [UInt8], limit: Int, width: Int, into pool: inout TopK) throws(IndexError) -> Bool {
        switch graph {
        case nil: return false
        case let graph?:
            let width = max(width, 2 * limit)
            guard graph.count > 0, width <= min(65_536, graph.count / 8) else { return false }
            var walked = TopK(capacity: pool.capacity)
            try graph.search(over: codes, query: code, live: catalog.live, width: width) { row, score in
                walked.offer(score, id: catalog.chunks[row])
            }
            scan(graph.count..<catalog.count, code, into: &walked)
            guard walked.count >= limit else { return false }
            pool = walked
            return true
        }
    }

    private func scan(_ range: Range<Int>, _ code: [UInt8], into pool: inout TopK) {
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
            for row in start..<end where scores[row - start] >= pool.threshold && catalog.isLive(row) {
                pool.offer(scores[row - start], id: catalog.chunks[row])
            }
            start = end
        }
    }

    private func scan(rowsOf allowed: Set<Int64>, _ code: [UInt8], into pool: inout TopK) {
        // In row order, so that memory is read forwards.
        let rows = allowed.flatMap { catalog.rows(ofDocument: $0) }.sorted()
        var scores = [Float](repeating: 0, count: rows.count)
        codes.withCodes { bytes in
            var out = scores.mutableSpan
            Int8Code.score(query: code.span, codes: bytes, rows: rows.span, dimension: codes.dimension, into: &out)
        }
        for (row, score) in zip(rows, scores) where score >= pool.threshold {
            pool.offer(score, id: catalog.chunks[Int(row)])
        }
    }

    private func rescored(_ pool: consuming TopK, _ query: [Float], limit: Int) -> [IndexHit] {
        var best = TopK(capacity: limit)
        for candidate in pool.sorted() {
            guard let row = catalog.row(ofChunk: candidate.id) else { continue }
            best.offer(rows.score(query, row: row), id: candidate.id)
        }
        return hits(best)
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
