/// The policy for retries of a failed request.
///
/// Waits grow exponentially with full jitter: uniform between 0 and `min(longestWait, firstWait · 2ⁿ)` before retry `n` from 0.
/// Source: Brooker, "Exponential backoff and jitter", 2015. If the provider requests a wait (`Retry-After`) of at most
/// `longestRetryAfter`, the retry waits that long, plus up to `firstWait` of jitter. If the requested wait is longer, the request
/// fails at once with the wait in its error, since earlier retries would be rejected as well.
public struct RetryPolicy: Hashable, Sendable {
    /// Maximum number of attempts, including the first; at least 1.
    public var attempts: Int
    public var firstWait: Duration
    public var longestWait: Duration
    public var longestRetryAfter: Duration

    public init(
        attempts: Int = 4, firstWait: Duration = .milliseconds(500), longestWait: Duration = .seconds(20),
        longestRetryAfter: Duration = .seconds(60)
    ) {
        (self.attempts, self.firstWait) = (max(1, attempts), firstWait)
        (self.longestWait, self.longestRetryAfter) = (longestWait, longestRetryAfter)
    }

    /// The policy for background work.
    public static let patient = RetryPolicy()
    /// The policy for requests that a user waits for: one retry, soon.
    public static let brief = RetryPolicy(
        attempts: 2, firstWait: .milliseconds(200), longestWait: .seconds(1), longestRetryAfter: .seconds(1))
    public static let none = RetryPolicy(attempts: 1)

    /// Returns the wait after `failed` failed attempts, from 1; `nil` if there is no further retry.
    ///
    /// - Parameter random: returns a uniform random number in the given range.
    package func wait(
        after failed: Int, retryAfter: Duration?, random: (ClosedRange<Double>) -> Double
    ) -> Duration? {
        guard failed < attempts else { return nil }
        if let retryAfter {
            guard retryAfter <= longestRetryAfter else { return nil }
            return retryAfter + firstWait * random(0...1)
        }
        // 2⁶⁰ times any `firstWait` in use exceeds `longestWait`.
        let doublings = Double(1 << min(max(failed - 1, 0), 60))
        let ceiling = min(longestWait / .seconds(1), firstWait / .seconds(1) * doublings)
        return .seconds(random(0...max(ceiling, 0)))
    }
}
