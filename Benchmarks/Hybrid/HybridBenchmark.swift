import BenchSupport
import Catalog
import Foundation
import Index
import Retrieval

/// Measures hybrid search for the ten best chunks of real text; the queries are sentences of 15 to 30 terms.
struct HybridBenchmark {
    private let index: CollectionIndex
    private let queries: [(text: String, vector: [Float])]
    private let conditions: String

    private static let calls = 1_000

    /// Returns `nil` if there is no sentence to use as a query.
    init?(_ chunks: Chunks, count: Int) throws {
        var rng = SeededGenerator(seed: 1)
        let folder = FileManager.default.temporaryDirectory.appending(path: "bench-hybrid-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let entries = chunks.grown(to: count, &rng)
        index =
            CollectionIndex.open(
                folder: folder, identity: "benchmark", dimension: entries[0].vector.count, options: IndexOptions()
            ).index
        for start in stride(from: 0, to: entries.count, by: 10_000) {
            let batch = Array(entries[start..<min(start + 10_000, entries.count)])
            try index.apply(removingDocuments: [], adding: batch, sequence: 1)
        }
        index.maintain()
        let sentences = chunks.all.flatMap { chunk in chunk.text.components(separatedBy: ". ").map { ($0, chunk.vector) } }
        queries = sentences.filter { (15...30).contains(QueryTerms($0.0).terms.count) }.shuffled(using: &rng)
        guard !queries.isEmpty else { return nil }
        conditions = "n \(count), k 10, queries of 15–30 terms, 1 thread, \(index.statistics.mode)"
    }

    func run(into report: inout Report) throws {
        let bytes = Double(index.statistics.bytesLexical) / Double(max(1, index.statistics.chunks))
        report.add("search in process: memory for words", bytes, "bytes/chunk", conditions)
        try measure("hybrid", &report) { query in try ranking(query, .hybrid) }
        try measure("dense", &report) { query in try ranking(query, .dense) }
        try measure("lexical", &report) { query in try ranking(query, .lexical) }
        try measure("phrase", &report) { query in
            let words = query.text.split(separator: " ").prefix(3).joined(separator: " ")
            try ranking((text: "\"\(words)\"", vector: query.vector), .lexical)
        }
    }

    private func ranking(_ query: (text: String, vector: [Float]), _ mode: SearchMode) throws {
        _ = try Ranking(index: index, mode: mode, query: query.text, vector: query.vector, filter: nil).top(10, grouped: false)
    }

    /// Measures the latency and the thread's own processor time, which other processes do not affect.
    private func measure(
        _ name: String, _ report: inout Report, _ body: ((text: String, vector: [Float])) throws -> Void
    ) throws {
        var elapsed: [Double] = []
        var computed: [Double] = []
        for call in 0..<Self.calls + 20 {
            let (start, cpu) = (ContinuousClock.now, Self.processorMilliseconds())
            try body(queries[call % queries.count])
            guard call >= 20 else { continue }
            elapsed.append((ContinuousClock.now - start) / .milliseconds(1))
            computed.append(Self.processorMilliseconds() - cpu)
        }
        for (kind, values) in [("", elapsed.sorted()), (", processor's time", computed.sorted())] {
            for percent in [50, 95, 99] {
                let value = values[min(values.count - 1, values.count * percent / 100)]
                report.add("search in process: \(name), p\(percent)\(kind)", value, "ms", conditions)
            }
        }
    }

    private static func processorMilliseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
    }
}
