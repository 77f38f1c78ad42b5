internal import Synchronization

/// Measurement of recall: graph search is compared with a scan to choose `ef`.
extension CollectionIndex {
    private static let neighbours = 10
    /// Values of `ef` to try, each about 1.4 times the previous one.
    private static let efs = [16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1_024]

    /// Searches for the recorded queries, plus stored rows if there are too few, by graph and by scan, and chooses the smallest
    /// `ef` whose mean recall, minus the standard error, reaches the target. Graph search finds stored rows more easily than
    /// other vectors, so `ef` stays at or above `graphSearchEf` if most of the sample is stored rows, and half of it
    /// otherwise, because filtered searches depend on it. The caller holds `maintenance`.
    ///
    /// - Returns: the estimate; `nil` if there is no graph, no target, or nothing new to measure.
    func measureRecall() throws(IndexError) -> RecallEstimate? {
        let (hasGraph, isMeasured) = state.read { ($0.graph != nil, $0.recall != nil) }
        guard options.recallTarget > 0, hasGraph, !isMeasured || probes.hasEnough else { return nil }
        let queries = probes.take()
        let sample = queries + storedVectors(ProbeRing.capacity - queries.count)
        guard !sample.isEmpty, let estimate = try estimate(sample, queries: queries.count) else { return nil }
        writer.withLock { writer in
            writer.revision += 1
            state.write { $0.recall = estimate }
        }
        return estimate
    }

    /// Returns the vectors of up to `count` live rows, evenly spaced over the collection.
    func storedVectors(_ count: Int) -> [[Float]] {
        guard count > 0 else { return [] }
        return state.read { state in
            let rows = state.catalog.count
            let picked = (0..<count).map { Int(Double($0) / Double(count) * Double(rows)) }.filter { state.catalog.isLive($0) }
            return (try? picked.map { try state.rows.row($0) }) ?? []
        }
    }

    private func estimate(_ sample: [[Float]], queries: Int) throws(IndexError) -> RecallEstimate? {
        var exactScores: [[Float]] = []
        for query in sample { exactScores.append(try scores(query, ef: nil)) }
        var last: RecallEstimate?
        let least = queries < sample.count / 2 ? options.graphSearchEf : options.graphSearchEf / 2
        for ef in Self.efs where ef >= least {
            var shares: [Double] = []
            for (query, truth) in zip(sample, exactScores) {
                guard let worst = truth.last else { continue }
                // A row that ties with the last true neighbour is correct too.
                let right = try scores(query, ef: ef).count { $0 >= worst }
                shares.append(Double(right) / Double(truth.count))
            }
            guard !shares.isEmpty else { return nil }
            let mean = shares.reduce(0, +) / Double(shares.count)
            last = RecallEstimate(mean: mean, sampleSize: shares.count, queries: queries, ef: ef)
            if mean - Self.standardError(shares, mean) >= options.recallTarget { break }
        }
        return last
    }

    private func scores(_ query: [Float], ef: Int?) throws(IndexError) -> [Float] {
        try read { view throws(IndexError) in try view.searchDense(query, limit: Self.neighbours, filter: nil, ef: ef) }.hits.map(\.score)
    }

    /// Returns the standard error of the mean.
    private static func standardError(_ values: [Double], _ mean: Double) -> Double {
        guard values.count > 1 else { return 0 }
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(values.count - 1) / Double(values.count)).squareRoot()
    }
}
