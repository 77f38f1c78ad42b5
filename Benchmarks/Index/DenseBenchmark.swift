import Foundation
import Index

/// Dense search at one size: scanning everything, and walking the graph at several widths.
struct DenseBenchmark {
    let data: Dataset
    let widths: [Int]
    let seconds: Double
    private let truth: [Float]

    init(_ data: Dataset, widths: [Int], seconds: Double) {
        (self.data, self.widths, self.seconds) = (data, widths, seconds)
        truth = data.worstOfBest(10)
    }

    private var conditions: String { "n \(data.rows.count), d \(data.dimension), k 10, 1 thread, \(data.origin)" }

    func run(into report: inout Report) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "bench-index-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try measureExact(folder.appending(path: "exact"), &report)
        try measureGraph(folder.appending(path: "graph"), &report)
    }

    private func measureExact(_ folder: URL, _ report: inout Report) throws {
        var options = IndexOptions()
        options.graphThreshold = .max
        let (index, time) = try fill(folder, options)
        report.add("exact: add", Double(data.rows.count) / time, "rows/s", conditions)
        report.add("exact: memory", Double(index.statistics.bytesDense) / Double(data.rows.count), "bytes/vector", conditions)
        try measureSearch("exact: search", index, width: 1, &report)
        try measureFiltered(index, &report)
    }

    private func measureGraph(_ folder: URL, _ report: inout Report) throws {
        var options = IndexOptions()
        options.graphThreshold = 1
        let (index, time) = try fill(folder, options)
        let shape = "M \(options.graphDegree), efConstruction \(options.graphBuildWidth), \(options.graphBuildThreads) threads, "
        report.add("graph: build", time, "s", shape + conditions)
        report.add("graph: memory", Double(index.statistics.bytesDense) / Double(data.rows.count), "bytes/vector", conditions)
        for width in widths { try measureSearch("graph: search, ef \(width)", index, width: width, &report) }
        try measureSnapshot(index, folder, options, &report)
    }

    private func fill(_ folder: URL, _ options: IndexOptions) throws -> (CollectionIndex, seconds: Double) {
        let index = CollectionIndex.open(
            folder: folder, identity: "benchmark", dimension: data.dimension, options: options
        ).index
        let entries = data.rows.enumerated().map { row, vector in
            IndexEntry(chunk: Int64(row), document: Int64(row / 4), text: "", title: "", vector: vector)
        }
        let time = try ContinuousClock().measure {
            try index.apply(removingDocuments: [], adding: entries, sequence: 1)
        }
        return (index, time / .seconds(1))
    }

    private func measureSearch(_ name: String, _ index: CollectionIndex, width: Int, _ report: inout Report) throws {
        var right = 0
        for (query, worst) in zip(data.queries, truth) {
            let hits = try index.searchDense(query, limit: 10, allowed: nil, width: width)
            right += hits.count { $0.score >= worst - 1e-5 }
        }
        let latencies = try Latencies(seconds: seconds) { i in
            _ = try index.searchDense(data.queries[i % data.queries.count], limit: 10, allowed: nil, width: width)
        }
        report.add(name, latencies, recall: Double(right) / Double(10 * data.queries.count), conditions)
    }

    private func measureFiltered(_ index: CollectionIndex, _ report: inout Report) throws {
        let allowed = Set((0..<Int64(data.rows.count / 4)).filter { $0 % 10 == 0 })
        let latencies = try Latencies(seconds: seconds) { i in
            _ = try index.searchDense(data.queries[i % data.queries.count], limit: 10, allowed: allowed)
        }
        report.add("exact: search, 10 % allowed", latencies, conditions)
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
