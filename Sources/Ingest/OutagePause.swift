/// The exponential backoff of embedding retries during an outage. A plain value that reads no clock.
package struct OutagePause: Sendable {
    private let first: Duration
    private let longest: Duration
    private var failures = 0
    private var end: ContinuousClock.Instant?

    /// Creates a backoff whose waits double from `first` up to `longest`.
    package init(first: Duration = .seconds(1), longest: Duration = .seconds(60)) {
        (self.first, self.longest) = (first, longest)
    }

    package func isOver(at now: ContinuousClock.Instant) -> Bool { end.map { now >= $0 } ?? true }

    /// Starts a wait after a failure.
    ///
    /// - Parameter asked: the wait that the embedder requests, limited to five times `longest`.
    /// - Returns: the wait that starts, or `nil` if one is active: the failed work had started before it.
    package mutating func begin(at now: ContinuousClock.Instant, asked: Duration? = nil) -> Duration? {
        guard isOver(at: now) else { return nil }
        failures += 1
        // 2³⁰ times any practical `first` exceeds `longest`.
        let wait = min(longest, first * (1 << min(failures - 1, 30)))
        let total = max(wait, min(asked ?? .zero, longest * 5))
        end = now + total
        return total
    }

    /// Ends the wait and restarts the backoff after a success.
    package mutating func reset() {
        failures = 0
        end = nil
    }
}
