/// Keeps requests from a provider that fails anyway: closed, open for a time after too many failures, then half open, with one probe
/// that decides. A value; the time is a parameter, since any moment.
///
/// What ends after the circuit has changed its state, but began before, says nothing of the new state and is not counted.
///
/// - Source: Nygard, "Release It!", 2nd edition, 2018, section 5.2.
package struct CircuitBreaker {
    package enum Verdict: Hashable, Sendable {
        case success
        /// - Parameter retryAfter: what the provider asks to wait, where it does.
        case failure(retryAfter: Duration?)
        /// Tells nothing of the provider: the request itself was refused, or nobody waited for its end.
        case neutral
    }

    /// The right to ask; to be given back with what came of it.
    package struct Ticket: Hashable, Sendable {
        fileprivate let period: UInt64
    }

    package enum Admission: Hashable, Sendable {
        case admitted(Ticket)
        /// - Parameter wait: after which it is worth asking again.
        case refused(wait: Duration)
    }

    package enum State: Hashable, Sendable {
        case closed
        case open(until: Duration)
        /// One request is under way, and decides.
        case probing
    }

    /// Told to those who come while a probe is under way.
    private static let probeWait = Duration.seconds(1)

    package private(set) var state = State.closed
    private let policy: CircuitPolicy
    private var inRow = 0
    private var window: OutcomeWindow
    /// Grows with each change of state.
    private var period: UInt64 = 0

    package init(_ policy: CircuitPolicy) {
        self.policy = policy
        window = OutcomeWindow(policy.window)
    }

    /// How long it is closed to everyone; `nil` where the next request would be let through.
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
        return .admitted(Ticket(period: period))
    }

    /// - Parameter jitter: by chance from 0 to 1: how much of the half it may stay open longer.
    package mutating func report(_ verdict: Verdict, for ticket: Ticket, now: Duration, jitter: Double) {
        guard ticket.period == period else { return }
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
