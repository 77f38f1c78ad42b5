public import Catalog
public import Telemetry

/// What the requests to one model came to that have ended since the start, of all tenants.
public struct ModelTally: Sendable {
    public private(set) var outcomes: [UsageOutcome: Int] = [:]
    public private(set) var promptTokens = 0
    public private(set) var completionTokens = 0
    /// Of the prompt: read from the provider's cache; of passages that were retrieved, by estimate.
    public private(set) var cachedTokens = 0
    public private(set) var retrievedTokens = 0
    /// Requests whose tokens nobody counted.
    public private(set) var estimated = 0
    /// Of completed ones, from the start to the first part of the answer and to its end, in seconds.
    public private(set) var firstToken = Histogram()
    public private(set) var duration = Histogram()

    mutating func add(_ record: UsageRecord) {
        outcomes[record.outcome, default: 0] += 1
        promptTokens = promptTokens.addingClamped(record.tokens.prompt)
        completionTokens = completionTokens.addingClamped(record.tokens.completion)
        cachedTokens = cachedTokens.addingClamped(record.tokens.cached)
        retrievedTokens = retrievedTokens.addingClamped(record.retrievedTokens)
        if record.tokens.isEstimated { estimated += 1 }
        guard record.outcome == .completed else { return }
        if let time = record.firstTokenMicroseconds { firstToken.record(.microseconds(time)) }
        if let time = record.durationMicroseconds { duration.record(.microseconds(time)) }
    }
}
