import BenchSupport
import Foundation
import Index

/// Dense search at one size: exact search, graph search with several values of `ef`, and filtered search.
struct DenseBenchmark {
    let data: Dataset
    private let efs: [Int]
    private let shares: [Double]
    private let seconds: Double
    private let parts: Set<String>
    private let truth: [Float]

    /// Recalls at which the engines are compared.
    private static let targets = [0.975, 0.99]

    /// The speed and recall of one configuration.
    private struct Point {
        let latencies: Latencies
        let recall: Double
    }

    init(_ data: Dataset, _ arguments: Arguments) {
        self.data = data
        (efs, shares, seconds, parts) = (arguments.widths, arguments.shares, arguments.seconds, arguments.parts)
        truth = data.worstOfBest(10)
    }

    private var rows: Int { data.rows.count }
    private var conditions: String { "n \(rows), d \(data.dimension), k 10, 1 thread, \(data.origin)" }

    func run(into report: inout Report) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "bench-index-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        if parts.contains("exact") { try measureExact(folder.appending(path: "exact"), &report) }
        if parts.contains("graph") { try measureGraph(folder.appending(path: "graph"), &report) }
    }

    private func measureExact(_ folder: URL, _ report: inout Report) throws {
        var options = IndexOptions()
        options.graphThreshold = .max
        let (index, time) = try fill(folder, options)
        report.add("exact: add", Double(data.rows.count) / time, "rows/s", conditions)
        try measureSearch("index: exact search, \(rows) rows", index, filter: nil, ef: nil, &report)
        try measureBandwidth(index, &report)
        try measureFilters("exact", index, ef: nil, &report)
    }

    private func measureGraph(_ folder: URL, _ report: inout Report) throws {
        var options = IndexOptions()
        options.graphThreshold = 1
        try build(folder, options, &report)
        let index = CollectionIndex.open(
            folder: folder, identity: "benchmark", dimension: data.dimension, options: options
        ).index
        let time = ContinuousClock().measure { index.maintain() }
        report.add("graph: calibration", time / .seconds(1), "s", conditions)
        try index.saveSnapshot()
        report.add("graph: memory", Double(index.statistics.bytesDense) / Double(rows), "bytes/vector", conditions)
        try measureCurve(index, &report)
        try measureTuned(index, &report)
        try measureSnapshot(index, folder, options, &report)
    }

    /// Builds the graph without a recall target; recall is measured as soon as the graph exists.
    private func build(_ folder: URL, _ options: IndexOptions, _ report: inout Report) throws {
        var options = options
        options.recallTarget = 0
        let (index, _) = try fill(folder, options)
        var maintenance: [IndexMaintenance] = []
        let time = ContinuousClock().measure { maintenance = index.maintain() }
        for case .failed(let error) in maintenance { throw error }
        let shape = "M \(options.graphDegree), efConstruction \(options.graphBuildEf), \(options.graphBuildThreads) threads"
        report.add("index: build, \(rows) rows", time / .seconds(1), "s", "n \(rows), d \(data.dimension), \(shape), \(data.origin)")
        try index.saveSnapshot()
    }

    /// Measures every ef, and reports the fastest that reaches each target recall.
    private func measureCurve(_ index: CollectionIndex, _ report: inout Report) throws {
        var curve: [(ef: Int, point: Point)] = []
        for ef in efs {
            let name = "index: curve, \(rows) rows, ef \(ef)"
            curve.append((ef, try measureSearch(name, index, filter: nil, ef: ef, &report)))
        }
        for target in Self.targets {
            let reached = curve.filter { $0.point.recall >= target }
            guard let best = reached.max(by: { $0.point.latencies.perSecond < $1.point.latencies.perSecond }) else { continue }
            report.add(
                "index: search at recall \(target), \(rows) rows", best.point.latencies, recall: best.point.recall,
                "ef \(best.ef), " + conditions)
        }
    }

    /// Measures with the `ef` that the index chooses itself after it has seen queries.
    private func measureTuned(_ index: CollectionIndex, _ report: inout Report) throws {
        for query in data.queries + data.queries + data.queries {
            _ = try index.read { view in try view.searchDense(query, limit: 10, filter: nil) }
        }
        index.maintain()
        guard let recall = index.statistics.recall else { return }
        let point = try measureSearch("graph: search, ef chosen", index, filter: nil, ef: recall.ef, &report)
        let sample = "ef \(recall.ef), sample of \(recall.sampleSize) of which \(recall.queries) queries, " + conditions
        report.add("graph: recall as the index sees it", recall.mean, "share", sample)
        report.add("graph: recall as the index sees it, lower end", recall.lower, "share", sample)
        report.add("graph: recall as the index sees it, upper end", recall.upper, "share", sample)
        report.add(
            "graph: measured recall is in the interval", (recall.lower...recall.upper).contains(point.recall) ? 1 : 0, "yes or no",
            "measured: all \(data.queries.count) queries, " + sample)
        try measureFilters("graph", index, ef: recall.ef, &report)
    }

    private func fill(_ folder: URL, _ options: IndexOptions) throws -> (CollectionIndex, seconds: Double) {
        let index = CollectionIndex.open(
            folder: folder, identity: "benchmark", dimension: data.dimension, options: options
        ).index
        let entries = data.rows.enumerated().map { row, vector in
            IndexEntry(chunk: Int64(row), document: Int64(row / 4), text: "", title: "", vector: vector)
        }
        let time = try ContinuousClock().measure {
            for start in stride(from: 0, to: entries.count, by: 1_000) {
                let part = Array(entries[start..<min(start + 1_000, entries.count)])
                try index.apply(removingDocuments: [], adding: part, sequence: 1)
            }
        }
        return (index, time / .seconds(1))
    }

    /// - Parameter nearest: for each query, the score of the worst of its ten nearest rows that pass the filter, or of all if
    ///   fewer pass, and the number of those rows; `nil` without a filter.
    @discardableResult
    private func measureSearch(
        _ name: String, _ index: CollectionIndex, filter: DocumentFilter?, ef: Int?, nearest: (worst: [Float], count: Int)? = nil,
        _ report: inout Report
    ) throws -> Point {
        var right = 0, wanted = 0
        let (worst, count) = nearest ?? (truth, min(10, rows))
        for (query, worst) in zip(data.queries, worst) {
            let hits = try index.read { view in try view.searchDense(query, limit: 10, filter: filter, ef: ef) }.hits
            right += hits.count { $0.score >= worst - 1e-5 }
            wanted += count
        }
        let latencies = try Latencies(seconds: seconds, round: data.queries.count) { i in
            _ = try index.read { view in try view.searchDense(data.queries[i % data.queries.count], limit: 10, filter: filter, ef: ef) }
        }
        let recall = Double(right) / Double(max(wanted, 1))
        report.add(name, latencies, recall: recall, ef.map { "ef \($0), " + conditions } ?? conditions)
        return Point(latencies: latencies, recall: recall)
    }

    /// Measures filters on randomly drawn documents. The filter is created once, as for a query that is repeated or paged through.
    private func measureFilters(_ mode: String, _ index: CollectionIndex, ef: Int?, _ report: inout Report) throws {
        var slowest = (ratio: 0.0, recall: 1.0)
        for share in shares.map({ $0 / 100 }) {
            var rng = SeededGenerator(seed: 3)
            let documents = Set((0..<Int64((data.rows.count + 3) / 4)).filter { _ in Double.random(in: 0..<1, using: &rng) < share })
            let filter = DocumentFilter(documents: documents)
            let worst = data.worstOfBest(10) { documents.contains(Int64($0 / 4)) }
            let passing = data.rows.indices.count { documents.contains(Int64($0 / 4)) }
            // After the first search with a broad filter, maintenance builds what later searches with it use.
            _ = try index.read { view in try view.searchDense(data.queries[0], limit: 10, filter: filter) }
            index.maintain()
            let percent = (share * 100).formatted(.number.precision(.significantDigits(1)))
            let name = "\(mode): search, \(percent) % of rows pass, \(rows) rows"
            let plan = try index.read { view in try view.searchDense(data.queries[0], limit: 10, filter: filter, ef: ef) }.plan
            let recall = try measureSearch(name, index, filter: filter, ef: ef, nearest: (worst, min(10, passing)), &report).recall
            let times = try ProcessorTimes(seconds: seconds, round: data.queries.count) { call in
                _ = try index.read { view in try view.searchDense(data.queries[call], limit: 10, filter: nil, ef: ef) }
            } second: { call in
                _ = try index.read { view in try view.searchDense(data.queries[call], limit: 10, filter: filter, ef: ef) }
            }
            let ratio = times.second / times.first
            report.add(name + ", time against unfiltered", ratio, "ratio", recall: recall, "\(plan), " + conditions)
            slowest = (max(slowest.ratio, ratio), min(slowest.recall, recall))
        }
        guard !shares.isEmpty else { return }
        report.add(
            "\(mode): filters, \(rows) rows, most time against unfiltered", slowest.ratio, "ratio", recall: slowest.recall,
            "recall: lowest, " + conditions)
    }

    /// Compares the scan's read rate with the memory bandwidth for as many bytes, both in their fastest pass.
    private func measureBandwidth(_ index: CollectionIndex, _ report: inout Report) throws {
        let bytes = data.rows.count * (data.dimension + 4)
        let memory = MemoryBandwidth(bytes: bytes)
        var fastest = (scan: Double.infinity, read: Double.infinity)
        let end = ContinuousClock.now + .seconds(seconds)
        var call = 0
        while call < 20 || ContinuousClock.now < end {
            let query = data.queries[call % data.queries.count]
            let scan = try ContinuousClock().measure {
                _ = try index.read { view in try view.searchDense(query, limit: 10, filter: nil, ef: nil) }
            }
            // The first pass brings the working set back into the caches.
            _ = memory.passSeconds()
            fastest = (min(fastest.scan, scan / .seconds(1)), min(fastest.read, memory.passSeconds()))
            call += 1
        }
        let (scanned, read) = (Double(bytes) / fastest.scan, Double(bytes) / fastest.read)
        report.add("exact: codes read", scanned / 1e9, "GB/s", conditions)
        let reference = (read / 1e9).formatted(.number.precision(.fractionLength(1)))
        report.add("exact: share of memory bandwidth", scanned / read, "share", "reading as many bytes: \(reference) GB/s, " + conditions)
    }

    private func measureSnapshot(
        _ index: CollectionIndex, _ folder: URL, _ options: IndexOptions, _ report: inout Report
    ) throws {
        let clock = ContinuousClock()
        let save = try clock.measure { try index.saveSnapshot() }
        report.add("snapshot: save", save / .seconds(1), "s", conditions)
        let open = clock.measure {
            let opened = CollectionIndex.open(
                folder: folder, identity: "benchmark", dimension: data.dimension, options: options)
            precondition(opened.recovery == .loaded(sequence: 1), "\(opened.recovery)")
        }
        report.add("snapshot: open", open / .seconds(1), "s", conditions)
    }
}
