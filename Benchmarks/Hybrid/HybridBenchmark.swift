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
    /// A chunk of a document of its own, to add and remove.
    private let extra: IndexEntry

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
        let text = entries[0]
        extra = IndexEntry(chunk: .max, document: .max, text: text.text, title: text.title, vector: text.vector)
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
        try measureChanges(&report)
    }

    /// Measures how long a change of one chunk takes alone, and beside a thread that searches without pause: it waits for searches to end.
    private func measureChanges(_ report: inout Report) throws {
        var sequence: Int64 = 1
        func changes() throws -> [Double] {
            try (0..<Self.calls).map { _ in
                sequence += 1
                let start = ContinuousClock.now
                try index.apply(removingDocuments: [extra.document], adding: [extra], sequence: sequence)
                return (ContinuousClock.now - start) / .milliseconds(1)
            }.sorted()
        }
        add("change of one chunk, alone", try changes(), &report)
        let (isOver, ended) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        Thread.detachNewThread {
            var call = 0
            while isOver.wait(timeout: .now()) == .timedOut {
                try? ranking(queries[call % queries.count], .hybrid)
                call += 1
            }
            ended.signal()
        }
        add("change of one chunk, beside hybrid searches", try changes(), &report)
        isOver.signal()
        ended.wait()
    }

    private func add(_ name: String, _ sorted: [Double], _ report: inout Report) {
        for percent in [50, 95, 99] {
            let value = sorted[min(sorted.count - 1, sorted.count * percent / 100)]
            report.add("search in process: \(name), p\(percent)", value, "ms", conditions)
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
        add(name, elapsed.sorted(), &report)
        add("\(name), processor's time", computed.sorted(), &report)
    }

    private static func processorMilliseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
    }
}
