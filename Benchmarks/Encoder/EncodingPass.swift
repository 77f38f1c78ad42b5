import Embeddings

/// One pass over all texts as passages, with several concurrent requests, as during an ingest.
struct EncodingPass {
    let seconds: Double
    let tokens: Int
    /// Number of arithmetic operations of the matrix products.
    let operations: Double
    let batches: Int
    let load: MachineLoad

    /// Texts per request, and number of concurrent requests: enough that no worker is idle before the end.
    private static let requestTexts = 64
    private static let requestsAtOnce = 4

    init(_ encoder: SentenceEncoder, _ texts: [String], sizes: ModelSizes, threads: Int) async throws {
        let before = encoder.statistics.batches
        let meter = MachineLoad.Meter(threads: threads)
        let counts = try await Self.embed(encoder, texts)
        load = meter.stop()
        seconds = load.seconds
        batches = encoder.statistics.batches - before
        tokens = counts.reduce(0, +)
        operations = counts.reduce(0) { $0 + sizes.operations(tokens: $1) }
    }

    var tokensPerSecond: Double { Double(tokens) / seconds }

    /// Mean time per batch while every thread has one in progress.
    func batchSeconds(threads: Int) -> Double { seconds * Double(threads) / Double(max(1, batches)) }

    /// Embeds the texts and returns the token count of each, in any order.
    private static func embed(_ encoder: SentenceEncoder, _ texts: [String]) async throws -> [Int] {
        try await withThrowingTaskGroup(of: [Int].self) { group in
            var counts: [Int] = []
            for (place, start) in stride(from: 0, to: texts.count, by: requestTexts).enumerated() {
                if place >= requestsAtOnce, let done = try await group.next() { counts += done }
                let request = Array(texts[start..<min(start + requestTexts, texts.count)])
                group.addTask { try await encoder.embed(request, purpose: .passage).tokenCounts }
            }
            return try await group.reduce(into: counts) { $0 += $1 }
        }
    }
}
