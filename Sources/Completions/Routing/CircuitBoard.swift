/// The circuits of one provider: one for each caller, and one for all.
///
/// A failure may be the caller's doing, who sends what makes the provider fail; so it opens the caller's own circuit only. Where
/// the circuits of two callers open within one window, it is the provider, and the circuit of all opens with them.
package struct CircuitBoard {
    package struct Ticket: Hashable, Sendable {
        fileprivate let ticket: CircuitBreaker.Ticket
        /// Which breaker: 0 is that of all.
        fileprivate let number: UInt64
    }

    package enum Admission: Hashable, Sendable {
        case admitted(Ticket)
        case refused(wait: Duration)
    }

    private struct Own {
        let number: UInt64
        var breaker: CircuitBreaker
        var lastUse: Duration
    }

    /// Callers that are remembered.
    private static let maximumCallers = 1024

    private let policy: CircuitPolicy
    private var shared: CircuitBreaker
    private var own: [ChatCaller: Own] = [:]
    /// When circuits opened that have not closed since.
    private var opened: [ChatCaller: Duration] = [:]
    private var made: UInt64 = 0

    package init(_ policy: CircuitPolicy) {
        self.policy = policy
        shared = CircuitBreaker(policy)
    }

    /// That are remembered.
    package var callers: Int { own.count }

    /// The circuit of all.
    package func circuit(now: Duration) -> ChatBackendStatus.Circuit {
        switch shared.state {
        case .closed: .closed
        case .open(let until): now < until ? .open : .halfOpen
        case .probing: .halfOpen
        }
    }

    /// Callers whose own circuit opened and has not closed since.
    package var openCallers: Int { opened.count }

    package func refusal(_ caller: ChatCaller, now: Duration) -> Duration? {
        shared.refusal(now: now) ?? (shared.state == .closed ? own[caller]?.breaker.refusal(now: now) : nil)
    }

    package mutating func admit(_ caller: ChatCaller, now: Duration) -> Admission {
        if shared.state != .closed {
            switch shared.admit(now: now) {
            case .admitted(let ticket): return .admitted(Ticket(ticket: ticket, number: 0))
            case .refused(let wait): return .refused(wait: wait)
            }
        }
        var entry = own[caller] ?? newEntry(now)
        entry.lastUse = now
        defer { own[caller] = entry }
        switch entry.breaker.admit(now: now) {
        case .admitted(let ticket): return .admitted(Ticket(ticket: ticket, number: entry.number))
        case .refused(let wait): return .refused(wait: wait)
        }
    }

    package mutating func report(
        _ verdict: CircuitBreaker.Verdict, for ticket: Ticket, of caller: ChatCaller, now: Duration, jitter: Double
    ) {
        guard ticket.number != 0 else {
            let wasClosed = shared.state == .closed
            shared.report(verdict, for: ticket.ticket, now: now, jitter: jitter)
            if !wasClosed && shared.state == .closed { (own, opened) = ([:], [:]) }
            return
        }
        guard var entry = own[caller], entry.number == ticket.number else { return }
        let before = entry.breaker.state
        entry.breaker.report(verdict, for: ticket.ticket, now: now, jitter: jitter)
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
        return Own(number: made, breaker: CircuitBreaker(policy), lastUse: now)
    }
}
