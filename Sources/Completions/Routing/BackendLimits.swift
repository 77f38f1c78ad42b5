public import Upstream

/// How much is asked of a model's provider, and when it is left alone.
public struct BackendLimits: Hashable, Sendable {
    /// Answers at once, of all callers; at least 1.
    public var concurrency: Int
    /// Requests that may wait for one of these; a caller may take half of what the others leave.
    public var queue: Int
    /// For what failed before it began and surely cost nothing.
    public var retries: RetryPolicy
    public var circuit: CircuitPolicy

    public static let concurrencies = 1...4096
    public static let queues = 0...65_536

    public init(
        concurrency: Int = 64, queue: Int = 256, retries: RetryPolicy = BackendLimits.retries(attempts: 3),
        circuit: CircuitPolicy = CircuitPolicy()
    ) {
        (self.concurrency, self.queue, self.retries, self.circuit) = (concurrency, queue, retries, circuit)
    }

    /// Waits that someone at a screen bears.
    public static func retries(attempts: Int) -> RetryPolicy {
        RetryPolicy(attempts: attempts, firstWait: .milliseconds(250), longestWait: .seconds(4), longestRetryAfter: .seconds(5))
    }
}
