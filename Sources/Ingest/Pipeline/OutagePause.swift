/// When embedding is tried again that was out of order: soon at first, then ever less often. Reads no clock; a plain value.
package struct OutagePause: Sendable {
    private let first: Duration
    private let longest: Duration
    private var failures = 0
    private var end: ContinuousClock.Instant?

    /// Waits double from `first` to `longest`.
    package init(first: Duration = .seconds(1), longest: Duration = .seconds(60)) {
        (self.first, self.longest) = (first, longest)
    }

    package func isOver(at now: ContinuousClock.Instant) -> Bool { end.map { now >= $0 } ?? true }

    /// After a failure.
    ///
    /// - Parameter asked: what the embedder asks to wait, kept to up to five times `longest`.
    /// - Returns: the wait that begins; `nil` where one is under way: what failed had begun before it.
    package mutating func begin(at now: ContinuousClock.Instant, asked: Duration? = nil) -> Duration? {
        guard isOver(at: now) else { return nil }
        failures += 1
        // 2³⁰ times anything is past `longest`.
        let wait = min(longest, first * (1 << min(failures - 1, 30)))
        let total = max(wait, min(asked ?? .zero, longest * 5))
        end = now + total
        return total
    }

    /// After a success.
    package mutating func reset() {
        failures = 0
        end = nil
    }
}
