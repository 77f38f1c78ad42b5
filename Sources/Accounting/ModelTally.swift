public import Catalog
public import Telemetry

/// Totals of one model's finished requests since the start of the process, over all tenants.
public struct ModelTally: Sendable {
    public private(set) var outcomes: [UsageOutcome: Int] = [:]
    public private(set) var promptTokens = 0
    public private(set) var completionTokens = 0
    /// Prompt tokens read from the provider's cache, and prompt tokens of retrieved passages (estimated).
    public private(set) var cachedTokens = 0
    public private(set) var retrievedTokens = 0
    /// Number of requests with estimated token counts.
    public private(set) var estimated = 0
    /// Times of completed requests from the start to the first part of the response and to its end, in seconds.
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
