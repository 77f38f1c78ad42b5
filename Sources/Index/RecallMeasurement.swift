/// Compares graph searches of one state of an index with exact searches.
struct RecallMeasurement {
    let view: IndexState
    /// Number of nearest rows to compare.
    let neighbours: Int
    let cancellation: Cancellation

    /// Returns the smallest of `efs`, which are ascending, whose recall is at or above `target` with a confidence of 95 %; `nil`
    /// if there is none.
    ///
    /// - Throws: `.cancelled`; `.damaged`; `.exhausted`.
    func smallestEf(_ efs: [Int], reaching target: Double, on vectors: [RecallSample.Vector]) throws(IndexError) -> Int? {
        let exact = try exactScores(vectors)
        for ef in efs {
            guard let interval = try interval(vectors, exact, ef: ef, RecallInterval.oneSided) else { return nil }
            if interval.lower >= target { return ef }
        }
        return nil
    }

    /// Returns the recall for each of `efs`; nothing if there are no vectors.
    func intervals(_ efs: [Int], on vectors: [RecallSample.Vector]) throws(IndexError) -> [RecallInterval] {
        let exact = try exactScores(vectors)
        var intervals: [RecallInterval] = []
        for ef in efs { if let interval = try interval(vectors, exact, ef: ef, RecallInterval.twoSided) { intervals.append(interval) } }
        return intervals
    }

    /// Returns the scores of the nearest rows of each vector, best first.
    private func exactScores(_ vectors: [RecallSample.Vector]) throws(IndexError) -> [[Float]] {
        var scores: [[Float]] = []
        for vector in vectors {
            guard !cancellation.isSet else { throw IndexError(.cancelled, "the measurement of recall was cancelled") }
            scores.append(try view.exactScores(vector.query, limit: neighbours, leavingOut: vector.row))
        }
        return scores
    }

    private func interval(
        _ vectors: [RecallSample.Vector], _ exact: [[Float]], ef: Int, _ quantile: Double
    ) throws(IndexError) -> RecallInterval? {
        var found: [Int] = []
        let compared = exact.map(\.count).min() ?? 0
        for (vector, truth) in zip(vectors, exact) {
            guard !cancellation.isSet else { throw IndexError(.cancelled, "the measurement of recall was cancelled") }
            guard let worst = truth.last else { continue }
            // A row that ties with the last of the nearest rows is correct too.
            let hits = try view.searchDense(vector.query, limit: neighbours, filter: nil, ef: ef, leavingOut: vector.row).hits
            found.append(min(hits.count { $0.score >= worst }, compared))
        }
        return RecallInterval(found: found, neighbours: compared, quantile: quantile)
    }
}
