extension IndexOptions {
    /// Returns the options with each value clamped to its range, so that no configuration can make the index trap.
    func withinLimits() -> IndexOptions {
        var limited = self
        limited.graphThreshold = max(graphThreshold, 1)
        limited.graphDegree = min(max(graphDegree, 2), 64)
        limited.graphBuildEf = min(max(graphBuildEf, 1), 4096)
        limited.graphSearchEf = min(max(graphSearchEf, 1), 65_536)
        limited.recallTarget = recallTarget.isFinite ? min(max(recallTarget, 0), 1) : 0.98
        limited.graphBuildThreads = min(max(graphBuildThreads, 1), 64)
        limited.compactionShare = compactionShare.isNaN ? 0.25 : min(max(compactionShare, 0), 1)
        limited.compactionMinimum = max(compactionMinimum, 1)
        limited.bm25K1 = bm25K1.isFinite ? max(bm25K1, 0) : 0.9
        limited.bm25B = bm25B.isFinite ? min(max(bm25B, 0), 1) : 0.4
        return limited
    }
}
