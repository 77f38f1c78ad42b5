/// The circuit breakers of one provider: one per caller, and a shared one.
///
/// A failure may be caused by the caller's requests, so it opens only that caller's breaker. If the breakers of two callers open within one
/// window, the provider is at fault, and the shared breaker opens too.
package struct CircuitBoard {
    private struct Own {
        var breaker: CircuitBreaker
        var lastUse: Duration
    }

    /// Maximum number of callers with a breaker; the least recently used one is evicted.
    private static let maximumCallers = 1024

    private let policy: CircuitPolicy
    /// The shared breaker; its number is 0.
    private var shared: CircuitBreaker
    private var own: [ChatCaller: Own] = [:]
    /// Time at which each breaker opened that has not closed since.
    private var opened: [ChatCaller: Duration] = [:]
    private var made: UInt64 = 0

    package init(_ policy: CircuitPolicy) {
        self.policy = policy
        shared = CircuitBreaker(policy)
    }

    /// Number of callers with a breaker.
    package var callers: Int { own.count }

    /// Returns the state of the shared breaker.
    package func circuit(now: Duration) -> ChatBackendStatus.Circuit {
        switch shared.state {
        case .closed: .closed
        case .open(let until): now < until ? .open : .halfOpen
        case .probing: .halfOpen
        }
    }

    /// Number of callers whose own breaker opened and has not closed since.
    package var openCallers: Int { opened.count }

    package func refusal(_ caller: ChatCaller, now: Duration) -> Duration? {
        shared.refusal(now: now) ?? (shared.state == .closed ? own[caller]?.breaker.refusal(now: now) : nil)
    }

    package mutating func admit(_ caller: ChatCaller, now: Duration) -> CircuitBreaker.Admission {
        guard shared.state == .closed else { return shared.admit(now: now) }
        var entry = own[caller] ?? newEntry(now)
        entry.lastUse = now
        defer { own[caller] = entry }
        return entry.breaker.admit(now: now)
    }

    package mutating func report(
        _ verdict: CircuitBreaker.Verdict, for ticket: CircuitBreaker.Ticket, of caller: ChatCaller, now: Duration, jitter: Double
    ) {
        guard ticket.breaker != 0 else {
            let wasClosed = shared.state == .closed
            shared.report(verdict, for: ticket, now: now, jitter: jitter)
            if !wasClosed && shared.state == .closed { (own, opened) = ([:], [:]) }
            return
        }
        guard var entry = own[caller] else { return }
        let before = entry.breaker.state
        entry.breaker.report(verdict, for: ticket, now: now, jitter: jitter)
        own[caller] = entry
        switch entry.breaker.state {
        case .closed: opened[caller] = nil
        case .open where before != entry.breaker.state && verdict != .neutral:
            opened[caller] = now
            let isShared = opened.values.count { now - $0 <= policy.window } >= 2
            guard isShared, shared.state == .closed, case .failure(let retryAfter) = verdict else { break }
            shared.open(retryAfter: retryAfter, now: now, jitter: jitter)
        case .open, .probing: break
        }
    }

    private mutating func newEntry(_ now: Duration) -> Own {
        if own.count >= Self.maximumCallers, let oldest = own.min(by: { $0.value.lastUse < $1.value.lastUse })?.key {
            own[oldest] = nil
            opened[oldest] = nil
        }
        made += 1
        return Own(breaker: CircuitBreaker(policy, number: made), lastUse: now)
    }
}
