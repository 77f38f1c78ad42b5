/// When a model's circuit opens, and for how long.
public struct CircuitPolicy: Hashable, Sendable {
    /// Failures in a row that open it; at least 1.
    public var failuresInRow: Int
    /// Share of failures within `window` that opens it, `0...1`, once there were `leastAnswers`.
    public var failureShare: Double
    public var leastAnswers: Int
    public var window: Duration
    /// How long it stays open before one request may try again; up to half of it is added by chance, so that servers that noticed a
    /// failure together do not come back together.
    public var openFor: Duration
    /// Longest that a provider's `Retry-After` keeps it open.
    public var longestOpen: Duration

    public init(
        failuresInRow: Int = 10, failureShare: Double = 0.5, leastAnswers: Int = 20, window: Duration = .seconds(30),
        openFor: Duration = .seconds(10), longestOpen: Duration = .seconds(120)
    ) {
        (self.failuresInRow, self.failureShare, self.leastAnswers) = (max(1, failuresInRow), failureShare, max(1, leastAnswers))
        (self.window, self.openFor, self.longestOpen) = (max(window, .milliseconds(10)), max(openFor, .zero), longestOpen)
    }

    /// Never opens.
    public static let never = CircuitPolicy(failuresInRow: .max, leastAnswers: .max)
}
