internal import Synchronization

/// Measurement of recall: graph search is compared with an exact search to choose `ef`.
extension CollectionIndex {
    private static let neighbours = 10
    /// Values of `ef` to try, each about 1.4 times the previous one.
    private static let efs = [16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1_024]
    /// Growth of the graph after which recall is measured again: more rows need a larger `ef`.
    private static let growth = 1.25

    /// Returns the values of `ef` from `least` on; `least` alone if it is larger than all of them.
    private static func efs(from least: Int) -> [Int] {
        let large = efs.filter { $0 >= least }
        return large.isEmpty ? [least] : large
    }

    func needsRecall(_ state: borrowing IndexState) -> Bool {
        guard options.recallTarget > 0, let graph = state.graph, state.catalog.liveCount > 0 else { return false }
        guard let recall = state.recall else { return true }
        return probes.hasEnough || Double(graph.count) >= Self.growth * Double(recall.rows)
    }

    /// Searches for recent queries, or for stored rows until there are enough queries, by graph and exactly. Chooses the smallest `ef` for
    /// which recall reaches the target with a confidence of 95 % on two thirds of them, and reports its recall on the others.
    /// `ef` stays at or above `graphSearchEf`, and half of it once it is measured on queries, because filtered searches depend on it. The
    /// caller holds `maintenance`.
    ///
    /// - Returns: the estimate; `nil` if there is no graph, no target, or nothing new to measure.
    func measureRecall() throws(IndexError) -> RecallEstimate? {
        let (isDue, view) = state.read { (needsRecall($0), $0) }
        guard isDue else { return nil }
        let probes = probes.take()
        let sample = probes.isEmpty ? RecallSample(rows: view.storedVectors(ProbeRing.capacity)) : RecallSample(probes)
        let measurement = RecallMeasurement(view: view, neighbours: Self.neighbours, cancellation: cancellation)
        let efs = Self.efs(from: options.graphSearchEf / (sample.isOfQueries ? 2 : 1))
        guard let ef = try measurement.smallestEf(efs, reaching: options.recallTarget, on: sample.choosing) ?? efs.last,
            let interval = try measurement.intervals([ef], on: sample.reporting).first
        else { return nil }
        let estimate = RecallEstimate(
            interval, sampleSize: sample.reporting.count, queries: sample.isOfQueries ? sample.reporting.count : 0, ef: ef,
            rows: view.graphRows)
        writer.withLock { writer in
            writer.revision += 1
            state.write { $0.recall = estimate }
        }
        return estimate
    }
}

extension IndexState {
    /// Returns up to `count` live rows, evenly spaced over the collection, with their vectors.
    func storedVectors(_ count: Int) -> [(row: Int, vector: [Float])] {
        let picked = (0..<max(0, min(count, catalog.count))).map { $0 * catalog.count / min(count, catalog.count) }
        return (try? picked.filter { catalog.isLive($0) }.map { ($0, try rows.row($0)) }) ?? []
    }
}
