internal import Kernels

extension IndexState {
    /// - Parameter scores: scratch buffer, all zeros before and after.
    func searchLexical(
        _ query: WeightedQuery, limit: Int, allowed: Set<Int64>?, excluded: Set<Int64>, scores: inout [Float]
    ) -> [IndexHit] {
        let limit = min(limit, catalog.liveCount)
        guard limit > 0, !query.terms.isEmpty else { return [] }
        let count = catalog.count
        if scores.count < count { scores.append(contentsOf: repeatElement(0, count: count - scores.count)) }
        var span = scores.mutableSpan
        lexical.accumulate(query, into: &span)
        var best = TopK(capacity: limit)
        for row in 0..<count {
            let score = span[row]
            guard score > 0 else { continue }
            span[row] = 0
            guard score >= best.threshold, catalog.isLive(row) else { continue }
            guard allowed?.contains(catalog.documents[row]) ?? true else { continue }
            guard excluded.isEmpty || !excluded.contains(catalog.documents[row]) else { continue }
            best.offer(score, id: catalog.chunks[row])
        }
        return hits(best)
    }
}
