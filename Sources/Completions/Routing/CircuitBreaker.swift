/// A circuit breaker for a failing provider: closed; open for a time after too many failures; then half open, with one probe that decides.
/// A value type; the time is a parameter, measured from any moment.
///
/// Results of requests that began before the latest change of state are ignored: they say nothing about the new state.
///
/// - Source: Nygard, "Release It!", 2nd edition, 2018, section 5.2.
package struct CircuitBreaker {
    package enum Verdict: Hashable, Sendable {
        case success
        /// - Parameter retryAfter: the provider's Retry-After, if any.
        case failure(retryAfter: Duration?)
        /// No evidence about the provider: the request itself was rejected, or was cancelled.
        case neutral
    }

    /// The permission to send a request; it must be returned with the request's result.
    package struct Ticket: Hashable, Sendable {
        /// Number of the breaker.
        let breaker: UInt64
        fileprivate let period: UInt64
    }

    package enum Admission: Hashable, Sendable {
        case admitted(Ticket)
        /// - Parameter wait: time after which to retry.
        case refused(wait: Duration)
    }

    package enum State: Hashable, Sendable {
        case closed
        case open(until: Duration)
        /// One request is in progress, and decides.
        case probing
    }

    /// Wait reported to callers that arrive during a probe.
    private static let probeWait = Duration.seconds(1)

    package private(set) var state = State.closed
    private let number: UInt64
    private let policy: CircuitPolicy
    private var inRow = 0
    private var window: OutcomeWindow
    /// Counter of state changes.
    private var period: UInt64 = 0

    /// - Parameter number: distinguishes the breaker from others, so that it ignores their tickets.
    package init(_ policy: CircuitPolicy, number: UInt64 = 0) {
        (self.policy, self.number) = (policy, number)
        window = OutcomeWindow(policy.window)
    }

    /// Returns the wait before the next request; `nil` if a request would be admitted now.
    package func refusal(now: Duration) -> Duration? {
        switch state {
        case .closed: nil
        case .open(let until): now < until ? until - now : nil
        case .probing: Self.probeWait
        }
    }

    package mutating func admit(now: Duration) -> Admission {
        if let wait = refusal(now: now) { return .refused(wait: wait) }
        if case .open = state { change(to: .probing) }
        return .admitted(Ticket(breaker: number, period: period))
    }

    /// - Parameter jitter: random number in `0...1`; extends the open time by up to half.
    package mutating func report(_ verdict: Verdict, for ticket: Ticket, now: Duration, jitter: Double) {
        guard ticket == Ticket(breaker: number, period: period) else { return }
        switch (state, verdict) {
        case (.closed, .success):
            inRow = 0
            window.add(isFailure: false, now: now)
        case (.closed, .failure(let retryAfter)):
            inRow += 1
            window.add(isFailure: true, now: now)
            if isTooMuch(now) { open(retryAfter: retryAfter, now: now, jitter: jitter) }
        case (.probing, .success): close()
        case (.probing, .failure(let retryAfter)): open(retryAfter: retryAfter, now: now, jitter: jitter)
        // The next request is the probe.
        case (.probing, .neutral): change(to: .open(until: now))
        case (.closed, .neutral), (.open, _): break
        }
    }

    package mutating func open(retryAfter: Duration?, now: Duration, jitter: Double) {
        let own = policy.openFor * (1 + jitter / 2)
        change(to: .open(until: now + max(own, min(retryAfter ?? .zero, policy.longestOpen))))
    }

    private mutating func close() {
        inRow = 0
        window = OutcomeWindow(policy.window)
        change(to: .closed)
    }

    private mutating func change(to state: State) {
        self.state = state
        period += 1
    }

    private func isTooMuch(_ now: Duration) -> Bool {
        if inRow >= policy.failuresInRow { return true }
        let (all, failures) = window.counts(now: now)
        return all >= policy.leastAnswers && Double(failures) >= policy.failureShare * Double(all)
    }
}
