public import Catalog
public import Tenancy

/// The properties of a model request that are known before it begins.
public struct UsageRequest: Sendable {
    public var key: KeyID
    /// The requested model name, and the model's own name.
    public var requestedModel: String
    public var model: String
    /// Estimated number of prompt tokens.
    public var promptTokens: Int
    /// Maximum number of generated tokens; `nil` if the request sets none.
    public var maximumCompletionTokens: Int?

    public init(key: KeyID, requestedModel: String, model: String, promptTokens: Int, maximumCompletionTokens: Int? = nil) {
        (self.key, self.requestedModel, self.model, self.promptTokens) = (key, requestedModel, model, max(0, promptTokens))
        self.maximumCompletionTokens = maximumCompletionTokens.map { max(0, $0) }
    }
}

/// The result of a model request.
public struct UsageSettlement: Sendable {
    public var outcome: UsageOutcome
    /// The tokens used; `nil` if unknown. The expected prompt then counts, marked as an estimate.
    public var tokens: UsageTokens?
    /// The error code, from a fixed set.
    public var errorCode: String?

    public init(_ outcome: UsageOutcome, tokens: UsageTokens?, errorCode: String? = nil) {
        (self.outcome, self.tokens, self.errorCode) = (outcome, tokens, errorCode)
    }
}

/// A point in time, on both clocks.
struct Moment: Sendable {
    var wall: Timestamp
    /// Microseconds since a fixed point; never goes back.
    var uptimeMicroseconds: Int64
}

/// The ledger's clocks and its sleep function, injected so that tests need not wait.
public struct LedgerClock: Sendable {
    public var wall: @Sendable () -> Timestamp
    /// Time since a fixed point; never goes back.
    public var uptime: @Sendable () -> Duration
    /// - Throws: `CancellationError`.
    public var sleep: @Sendable (Duration) async throws -> Void

    public init(
        wall: @escaping @Sendable () -> Timestamp, uptime: @escaping @Sendable () -> Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        (self.wall, self.uptime, self.sleep) = (wall, uptime, sleep)
    }

    public static let live: LedgerClock = {
        let start = ContinuousClock.now
        return LedgerClock(wall: { .now() }, uptime: { ContinuousClock.now - start }, sleep: { try await Task.sleep(for: $0) })
    }()

    var now: Moment {
        let uptime = uptime().components
        return Moment(wall: wall(), uptimeMicroseconds: uptime.seconds * 1_000_000 + uptime.attoseconds / 1_000_000_000_000)
    }
}
