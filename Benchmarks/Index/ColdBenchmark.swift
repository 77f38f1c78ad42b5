import BenchSupport
import Foundation
import Index

/// Measures a tenant whose index is closed: the time to open it and to run one dense and one lexical search, and its memory afterwards.
struct ColdBenchmark {
    let data: Dataset
    let openings: Int

    private static let words = 120

    func run(into report: inout Report) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "bench-index-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try fill(folder)
        var milliseconds: [Double] = []
        var statistics: IndexStatistics?
        for i in 0..<openings {
            let query = data.queries[i % data.queries.count]
            // Kept alive until the clock has stopped: closing the index is not part of the latency.
            var opened: CollectionIndex?
            let time = try ContinuousClock().measure {
                let (index, recovery) = open(folder)
                opened = index
                precondition(recovery == .loaded(sequence: 1), "\(recovery)")
                _ = try index.read { view in try view.searchDense(query, limit: 10, filter: nil) }
                _ = index.read { view in view.searchLexical(view.weighted(QueryTerms("w1 w2 w3 wa wb")), limit: 10, filter: nil) }
            }
            statistics = opened?.statistics
            milliseconds.append(time / .milliseconds(1))
        }
        milliseconds.sort()
        let conditions = "n \(data.rows.count), d \(data.dimension), \(Self.words) words each, files cached by the system"
        report.add("cold tenant: first answer, p50", milliseconds[openings / 2], "ms", conditions)
        report.add("cold tenant: first answer, p99", milliseconds[openings * 99 / 100], "ms", conditions)
        guard let statistics else { return }
        let rows = Double(data.rows.count)
        report.add("open tenant: dense memory", Double(statistics.bytesDense) / rows, "bytes/vector", conditions)
        report.add("open tenant: lexical memory", Double(statistics.bytesLexical) / rows, "bytes/row", conditions)
        report.add("closed tenant: files", Double(statistics.bytesOnDisk) / rows, "bytes/row", conditions)
    }

    private func open(_ folder: URL) -> (index: CollectionIndex, recovery: IndexRecovery) {
        CollectionIndex.open(folder: folder, identity: "benchmark", dimension: data.dimension, options: IndexOptions())
    }

    private func fill(_ folder: URL) throws {
        var rng = SeededGenerator(seed: 6)
        let index = open(folder).index
        for start in stride(from: 0, to: data.rows.count, by: 1_000) {
            let entries = (start..<min(start + 1_000, data.rows.count)).map { row in
                IndexEntry(
                    chunk: Int64(row), document: Int64(row / 4), text: LexicalBenchmark.text(Self.words, &rng), title: "",
                    vector: data.rows[row])
            }
            try index.apply(removingDocuments: [], adding: entries, sequence: 1)
        }
        index.maintain()
        try index.saveSnapshot()
    }
}
