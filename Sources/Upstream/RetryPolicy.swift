/// When a request that failed is sent again.
///
/// Waits grow exponentially with full jitter: uniform between 0 and `min(longestWait, firstWait · 2ⁿ)` before retry `n` from 0.
/// Source: Brooker, "Exponential backoff and jitter", 2015. A wait that the provider asks for (`Retry-After`) is kept to in
/// full, with up to `firstWait` of jitter on top, if it is at most `longestRetryAfter`; if it is longer, the request fails at
/// once with the time in its error, since earlier retries would be refused as well.
public struct RetryPolicy: Hashable, Sendable {
    /// Requests in all, the first included; at least 1.
    public var attempts: Int
    public var firstWait: Duration
    public var longestWait: Duration
    public var longestRetryAfter: Duration

    public init(
        attempts: Int = 4, firstWait: Duration = .milliseconds(500), longestWait: Duration = .seconds(20),
        longestRetryAfter: Duration = .seconds(60)
    ) {
        self.attempts = max(1, attempts)
        self.firstWait = firstWait
        self.longestWait = longestWait
        self.longestRetryAfter = longestRetryAfter
    }

    /// For work in the background.
    public static let patient = RetryPolicy()
    /// For someone who waits: one more try, soon.
    public static let brief = RetryPolicy(
        attempts: 2, firstWait: .milliseconds(200), longestWait: .seconds(1), longestRetryAfter: .seconds(1))
    public static let none = RetryPolicy(attempts: 1)

    /// How long to wait after so many failed attempts, from 1; `nil` where it is over.
    ///
    /// - Parameter random: uniform over the range it is given.
    package func wait(
        after failed: Int, retryAfter: Duration?, random: (ClosedRange<Double>) -> Double
    ) -> Duration? {
        guard failed < attempts else { return nil }
        if let retryAfter {
            guard retryAfter <= longestRetryAfter else { return nil }
            return retryAfter + firstWait * random(0...1)
        }
        // 2⁶⁰ times anything is past `longestWait`.
        let doublings = Double(1 << min(max(failed - 1, 0), 60))
        let ceiling = min(longestWait / .seconds(1), firstWait / .seconds(1) * doublings)
        return .seconds(random(0...max(ceiling, 0)))
    }
}
