import Embeddings
import Foundation

/// Measures the latency of single queries, from text to vector.
struct QueryTimes {
    /// The same as in Benchmarks/scripts/rivals_encoder.py.
    static let query = "which kernel normalises the rows of a matrix after the residual is added"

    /// Latencies in seconds, in ascending order.
    private let sorted: [Double]
    /// The duration of all queries, and this process's share of the processors during that time.
    let load: MachineLoad

    /// The percentile by nearest rank: `share` of the queries took no longer.
    func percentile(_ share: Double) -> Double {
        sorted[min(sorted.count - 1, max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1))]
    }

    /// Measures queries on an otherwise idle encoder.
    static func alone(_ encoder: SentenceEncoder, runs: Int) async throws -> QueryTimes {
        try await measure(encoder, runs: runs, threads: 1) { _ in .zero }
    }

    /// Measures queries while passages keep all workers busy. Each query starts a varying time after the previous one completed, so that
    /// queries arrive at all points of a batch.
    static func duringIngest(_ encoder: SentenceEncoder, _ texts: [String], runs: Int, threads: Int) async throws -> QueryTimes {
        try await withThrowingTaskGroup(of: QueryTimes?.self) { group in
            for feeder in 0..<feeders {
                group.addTask {
                    try await feed(encoder, texts, from: feeder * texts.count / feeders, EmbeddingCaller("ingest \(feeder)"))
                    return nil
                }
            }
            group.addTask {
                try await measure(encoder, runs: runs, threads: threads) { run in
                    // Multiples of the golden ratio are evenly distributed modulo 1, with no two close to each other.
                    .milliseconds(60 * (Double(run) * 0.618_033_988_749_895).truncatingRemainder(dividingBy: 1))
                }
            }
            while let times = try await group.next() {
                guard let times else { continue }
                group.cancelAll()
                return times
            }
            throw CancellationError()
        }
    }

    /// Number of concurrent passage requests, each of `feedTexts`.
    private static let feeders = 4
    private static let feedTexts = 64

    /// Embeds passages in a loop until the task is cancelled.
    private static func feed(_ encoder: SentenceEncoder, _ texts: [String], from start: Int, _ caller: EmbeddingCaller) async throws {
        var place = start
        do {
            while !Task.isCancelled {
                let request = (0..<feedTexts).map { texts[(place + $0) % texts.count] }
                _ = try await encoder.embed(request, purpose: .passage, caller: caller)
                place = (place + feedTexts) % texts.count
            }
        } catch let error as EmbeddingError where error.code == .cancelled {}
    }

    private static func measure(
        _ encoder: SentenceEncoder, runs: Int, threads: Int, pause: (Int) -> Duration
    ) async throws -> QueryTimes {
        let meter = MachineLoad.Meter(threads: threads)
        var times: [Double] = []
        let caller = EmbeddingCaller("search")
        for run in 0..<runs {
            try await Task.sleep(for: pause(run))
            times.append(
                try await ContinuousClock().measure { _ = try await encoder.embed([query], purpose: .query, caller: caller) }.seconds)
        }
        return QueryTimes(sorted: times.sorted(), load: meter.stop())
    }
}
