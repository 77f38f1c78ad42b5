/// The policy for when a model's circuit breaker opens, and for how long.
public struct CircuitPolicy: Hashable, Sendable {
    /// Number of consecutive failures that opens the breaker; at least 1.
    public var failuresInRow: Int
    /// Share of failures within `window` that opens the breaker, `0...1`, once the window has `leastAnswers` results.
    public var failureShare: Double
    public var leastAnswers: Int
    public var window: Duration
    /// Time for which the breaker stays open before one probe request; up to half of it is added at random, so that servers that noticed a
    /// failure together do not retry together.
    public var openFor: Duration
    /// Maximum time for which a provider's `Retry-After` keeps the breaker open.
    public var longestOpen: Duration

    public init(
        failuresInRow: Int = 10, failureShare: Double = 0.5, leastAnswers: Int = 20, window: Duration = .seconds(30),
        openFor: Duration = .seconds(10), longestOpen: Duration = .seconds(120)
    ) {
        (self.failuresInRow, self.failureShare, self.leastAnswers) = (max(1, failuresInRow), failureShare, max(1, leastAnswers))
        (self.window, self.openFor, self.longestOpen) = (max(window, .milliseconds(10)), max(openFor, .zero), longestOpen)
    }

    /// A policy that never opens the breaker.
    public static let never = CircuitPolicy(failuresInRow: .max, leastAnswers: .max)
}
