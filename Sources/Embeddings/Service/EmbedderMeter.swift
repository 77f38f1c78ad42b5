public import Telemetry

/// Counters of an embedder's calls, outcomes and durations since the start.
public final class EmbedderMeter: Sendable {
    public struct Call: Hashable, Sendable {
        public let purpose: EmbeddingPurpose
        /// `ok`, or the code of an `EmbeddingError`.
        public let outcome: String
    }

    public let calls = CountTable<Call>()
    /// Durations of successful calls.
    public let durations = DurationTable<EmbeddingPurpose>()
    /// Number of texts, and below of tokens, in successful calls.
    public let texts = CountTable(EmbeddingPurpose.allCases)
    public let tokens = CountTable(EmbeddingPurpose.allCases)

    public init() {}

    fileprivate func measure(_ purpose: EmbeddingPurpose, _ body: () async throws -> EmbeddingBatch) async throws -> EmbeddingBatch {
        let start = ContinuousClock.now
        do {
            let batch = try await body()
            durations.record(start.duration(to: .now), for: purpose)
            calls.add(to: Call(purpose: purpose, outcome: "ok"))
            texts.add(batch.tokenCounts.count, to: purpose)
            tokens.add(batch.tokenCounts.reduce(0, +), to: purpose)
            return batch
        } catch {
            let code = (error as? EmbeddingError)?.code ?? .cancelled
            calls.add(to: Call(purpose: purpose, outcome: code.rawValue))
            throw error
        }
    }
}

/// An embedder that forwards to another one and meters its calls.
public struct MeteredEmbedder: Embedder {
    private let base: any Embedder
    public let meter = EmbedderMeter()

    public init(_ base: any Embedder) { self.base = base }

    public var identity: ModelIdentity { base.identity }
    public var encoderStatistics: EncoderStatistics? { base.encoderStatistics }

    public func embed(_ texts: [String], purpose: EmbeddingPurpose, caller: EmbeddingCaller) async throws -> EmbeddingBatch {
        try await meter.measure(purpose) { try await base.embed(texts, purpose: purpose, caller: caller) }
    }

    public func embed(tokens: [[Int32]], purpose: EmbeddingPurpose, caller: EmbeddingCaller) async throws -> EmbeddingBatch {
        try await meter.measure(purpose) { try await base.embed(tokens: tokens, purpose: purpose, caller: caller) }
    }
}
