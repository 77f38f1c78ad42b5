public import Upstream

/// The concurrency limit, queue, retries and circuit breaker of a model's provider.
public struct BackendLimits: Hashable, Sendable {
    /// Maximum number of concurrent answers, across all callers; at least 1.
    public var concurrency: Int
    /// Maximum number of waiting requests; a caller may take half of the room that the others leave.
    public var queue: Int
    /// Retries of requests that failed before the answer began and certainly cost nothing.
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

    /// Returns a policy whose waits are short enough for interactive use.
    public static func retries(attempts: Int) -> RetryPolicy {
        RetryPolicy(attempts: attempts, firstWait: .milliseconds(250), longestWait: .seconds(4), longestRetryAfter: .seconds(5))
    }
}
