import BenchSupport
import Foundation
import Index

/// Measures BM25 over synthetic texts whose words follow Zipf's law.
struct LexicalBenchmark {
    let count: Int
    let seconds: Double

    private static let words = 120
    private static let vocabulary = 60_000
    private static let queryTerms = 15

    /// Returns the word of a rank that is drawn with probability about 1 / rank.
    private static func word(_ rng: inout SeededGenerator) -> String {
        let rank = Int(exp(Double.random(in: 0..<1, using: &rng) * log(Double(vocabulary))))
        return "w" + String(rank, radix: 36)
    }

    static func text(_ length: Int, _ rng: inout SeededGenerator) -> String {
        (0..<length).map { _ in word(&rng) }.joined(separator: " ")
    }

    func run(into report: inout Report) throws {
        var rng = SeededGenerator(seed: 2)
        let folder = FileManager.default.temporaryDirectory.appending(path: "bench-index-\(UUID().uuidString)")
        var options = IndexOptions()
        options.graphThreshold = .max
        let index = CollectionIndex.open(folder: folder, identity: "benchmark", dimension: 1, options: options).index
        let entries = (0..<Int64(count)).map { chunk in
            IndexEntry(chunk: chunk, document: chunk / 4, text: Self.text(Self.words, &rng), title: "", vector: [1])
        }
        let queries = (0..<200).map { _ in Self.text(Self.queryTerms, &rng) }
        let time = try ContinuousClock().measure {
            for start in stride(from: 0, to: count, by: 1_000) {
                try index.apply(
                    removingDocuments: [], adding: Array(entries[start..<min(start + 1_000, count)]), sequence: 1)
            }
        }
        let conditions = "n \(count), \(Self.words) words each, Zipf, \(Self.queryTerms) query terms, k 100, 1 thread"
        report.add("bm25: add", Double(count) / (time / .seconds(1)), "rows/s", conditions)
        report.add("bm25: memory", Double(index.statistics.bytesLexical) / Double(count), "bytes/row", conditions)
        let latencies = Latencies(seconds: seconds, round: queries.count) { i in
            let terms = QueryTerms(queries[i % queries.count])
            _ = index.read { view in view.searchLexical(view.weighted(terms), limit: 100, filter: nil) }
        }
        report.add("bm25: search", latencies, conditions)
        let chunks = (0..<200).map { _ in Int64.random(in: 0..<Int64(count), using: &rng) }
        let rerank = try Latencies(seconds: seconds, round: queries.count) { i in
            let terms = QueryTerms(queries[i % queries.count])
            _ = try index.read { view in try view.evidence(view.weighted(terms), of: chunks) }
        }
        report.add("bm25: rerank 200 chunks", rerank, conditions)
    }
}
