public import Catalog
public import Tenancy

/// What is known of a request to a model before it begins.
public struct UsageRequest: Sendable {
    public var key: KeyID
    /// The name that was asked for, and the model's own.
    public var askedModel: String
    public var model: String
    /// By estimate.
    public var promptTokens: Int
    /// Most that may be generated; `nil` where the request does not say.
    public var maximumCompletionTokens: Int?

    public init(key: KeyID, askedModel: String, model: String, promptTokens: Int, maximumCompletionTokens: Int? = nil) {
        (self.key, self.askedModel, self.model, self.promptTokens) = (key, askedModel, model, max(0, promptTokens))
        self.maximumCompletionTokens = maximumCompletionTokens.map { max(0, $0) }
    }
}

/// How a request to a model ended.
public struct UsageSettlement: Sendable {
    public var outcome: UsageOutcome
    /// `nil` where nothing is known: then it took the prompt that was expected, and this is marked as an estimate.
    public var tokens: UsageTokens?
    /// A closed word for what went wrong.
    public var errorCode: String?

    public init(_ outcome: UsageOutcome, tokens: UsageTokens?, errorCode: String? = nil) {
        (self.outcome, self.tokens, self.errorCode) = (outcome, tokens, errorCode)
    }
}

/// A moment, on both clocks.
struct Moment: Sendable {
    var wall: Timestamp
    /// From some fixed point; never goes back.
    var uptimeMicroseconds: Int64
}

/// What the ledger needs of the world to tell time and to wait: given in, so that tests wait for nothing.
public struct LedgerClock: Sendable {
    public var wall: @Sendable () -> Timestamp
    /// Time since some fixed point; never goes back.
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
