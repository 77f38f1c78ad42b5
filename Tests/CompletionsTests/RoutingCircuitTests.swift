import Completions
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct RoutingCircuitTests {
    private typealias Verdict = CircuitBreaker.Verdict

    private let policy = CircuitPolicy(
        failuresInRow: 3, failureShare: 0.5, leastAnswers: 8, window: .seconds(10), openFor: .seconds(10), longestOpen: .seconds(60))

    /// Runs one answer from admission to its end; returns `false` if it was rejected.
    @discardableResult
    private func run(_ breaker: inout CircuitBreaker, _ verdict: Verdict, at now: Duration, jitter: Double = 0) -> Bool {
        guard case .admitted(let ticket) = breaker.admit(now: now) else { return false }
        breaker.report(verdict, for: ticket, now: now, jitter: jitter)
        return true
    }

    private func opened() -> CircuitBreaker {
        var breaker = CircuitBreaker(policy)
        for _ in 0..<3 { run(&breaker, .failure(retryAfter: nil), at: .zero) }
        return breaker
    }

    @Test func failuresInARowOpenIt() {
        var breaker = CircuitBreaker(policy)
        for verdict in [Verdict.failure(retryAfter: nil), .failure(retryAfter: nil), .success, .failure(retryAfter: nil), .neutral] {
            #expect(run(&breaker, verdict, at: .zero))
            #expect(breaker.state == .closed)
        }
        run(&breaker, .failure(retryAfter: nil), at: .zero)
        #expect(breaker.state == .closed)
        // A neutral result in between does not reset the count.
        run(&breaker, .failure(retryAfter: nil), at: .seconds(1))
        #expect(breaker.state == .open(until: .seconds(11)))
        #expect(breaker.admit(now: .seconds(4)) == .refused(wait: .seconds(7)))
    }

    @Test func aShareOfFailuresOpensIt() {
        var breaker = CircuitBreaker(policy)
        // Old successes no longer count.
        for _ in 0..<100 { run(&breaker, .success, at: .zero) }
        for place in 0..<7 { run(&breaker, place % 2 == 0 ? .failure(retryAfter: nil) : .success, at: .seconds(20)) }
        #expect(breaker.state == .closed, "seven requests are below the minimum sample")
        run(&breaker, .success, at: .seconds(21))
        #expect(breaker.state == .closed, "a success must not open the breaker")
        run(&breaker, .failure(retryAfter: nil), at: .seconds(22))
        #expect(breaker.state == .open(until: .seconds(32)))
        var old = CircuitBreaker(policy)
        for second in 0..<40 { run(&old, second % 2 == 0 ? .failure(retryAfter: nil) : .success, at: .seconds(second * 3)) }
        #expect(old.state == .closed, "the failures are spread over more time than the window")
    }

    @Test func aProbeDecides() {
        var breaker = opened()
        #expect(breaker.refusal(now: .seconds(9)) == .seconds(1) && breaker.refusal(now: .seconds(10)) == nil)
        guard case .admitted(let probe) = breaker.admit(now: .seconds(10)) else {
            Issue.record("the probe was rejected")
            return
        }
        #expect(breaker.state == .probing && breaker.admit(now: .seconds(50)) == .refused(wait: .seconds(1)))
        var failed = breaker
        failed.report(.failure(retryAfter: nil), for: probe, now: .seconds(12), jitter: 0)
        #expect(failed.state == .open(until: .seconds(22)))
        var neutral = breaker
        neutral.report(.neutral, for: probe, now: .seconds(12), jitter: 0)
        #expect(neutral.state == .open(until: .seconds(12)) && neutral.refusal(now: .seconds(12)) == nil)
        run(&neutral, .success, at: .seconds(12))
        #expect(neutral.state == .closed)
        breaker.report(.success, for: probe, now: .seconds(12), jitter: 0)
        #expect(breaker.state == .closed)
        // The count starts again: earlier failures no longer count.
        run(&breaker, .failure(retryAfter: nil), at: .seconds(12))
        run(&breaker, .failure(retryAfter: nil), at: .seconds(12))
        #expect(breaker.state == .closed)
    }

    @Test func whatBeganBeforeSaysNothingOfNow() {
        var breaker = CircuitBreaker(policy)
        guard case .admitted(let slow) = breaker.admit(now: .zero) else { return }
        for _ in 0..<3 { run(&breaker, .failure(retryAfter: nil), at: .zero) }
        breaker.report(.success, for: slow, now: .seconds(1), jitter: 0)
        #expect(breaker.state == .open(until: .seconds(10)))
        guard case .admitted(let probe) = breaker.admit(now: .seconds(10)) else { return }
        breaker.report(.failure(retryAfter: nil), for: slow, now: .seconds(10), jitter: 0)
        #expect(breaker.state == .probing)
        breaker.report(.success, for: probe, now: .seconds(10), jitter: 0)
        breaker.report(.failure(retryAfter: nil), for: probe, now: .seconds(10), jitter: 0)
        #expect(breaker.state == .closed)
    }

    @Test func theTimeHasJitterAndHeedsTheProvider() {
        for (jitter, retryAfter, until) in [
            (1, nil, Duration.seconds(15)), (0, .seconds(40), .seconds(40)), (0, .seconds(3), .seconds(10)),
            (0, .seconds(4000), .seconds(60)),
        ] as [(Double, Duration?, Duration)] {
            var breaker = CircuitBreaker(policy)
            for _ in 0..<3 { run(&breaker, .failure(retryAfter: retryAfter), at: .zero, jitter: jitter) }
            #expect(breaker.state == .open(until: until))
        }
    }

    /// With random requests over time, the breaker admits all while closed, one at a time after a failure, and none while open.
    @Test(arguments: 0..<20 as Range<UInt64>) func randomLives(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        var breaker = CircuitBreaker(policy)
        var now = Duration.zero
        var underWay: [CircuitBreaker.Ticket] = []
        for _ in 0..<2000 {
            now += .milliseconds(Int.random(in: 0...2000, using: &rng))
            let before = breaker.state
            if Bool.random(using: &rng) {
                switch breaker.admit(now: now) {
                case .admitted(let ticket):
                    underWay.append(ticket)
                    if case .open(let until) = before { #expect(now >= until && breaker.state == .probing, "seed \(seed)") }
                    #expect(before != .probing, "seed \(seed)")
                case .refused(let wait):
                    #expect(wait > .zero && before != .closed && breaker.state == before, "seed \(seed)")
                }
            } else if let ticket = underWay.popLast() {
                let verdicts: [Verdict] = [.success, .neutral, .failure(retryAfter: nil), .failure(retryAfter: .seconds(20))]
                breaker.report(
                    verdicts.randomElement(using: &rng) ?? .neutral, for: ticket, now: now, jitter: .random(in: 0...1, using: &rng))
                if case .open(let until) = breaker.state, breaker.state != before {
                    #expect(until >= now && until <= now + .seconds(60), "seed \(seed)")
                }
            }
        }
        // No probe is lost: after all requests have been reported, the breaker can close.
        for ticket in underWay { breaker.report(.neutral, for: ticket, now: now, jitter: 0) }
        now += .seconds(100)
        #expect(run(&breaker, .success, at: now) && breaker.state == .closed, "seed \(seed)")
    }

    @Test func aCallersFailuresAreItsOwnUntilAnotherHasThemToo() {
        var board = CircuitBoard(policy)
        let (a, b, c) = (ChatCaller.test("a"), ChatCaller.test("b"), ChatCaller.test("c"))
        func fail(_ caller: ChatCaller, at now: Duration) {
            guard case .admitted(let ticket) = board.admit(caller, now: now) else { return }
            board.report(.failure(retryAfter: nil), for: ticket, of: caller, now: now, jitter: 0)
        }
        for _ in 0..<50 { fail(a, at: .zero) }
        #expect(board.refusal(a, now: .seconds(1)) == .seconds(9) && board.refusal(b, now: .seconds(1)) == nil)
        for _ in 0..<3 { fail(b, at: .seconds(2)) }
        // Two callers failed, so the provider is considered unavailable for all callers.
        #expect(board.refusal(c, now: .seconds(3)) == .seconds(9) && board.refusal(a, now: .seconds(11)) == .seconds(1))
        guard case .admitted(let probe) = board.admit(c, now: .seconds(12)) else {
            Issue.record("the probe was rejected")
            return
        }
        #expect(board.admit(a, now: .seconds(12)) == .refused(wait: .seconds(1)))
        board.report(.success, for: probe, of: c, now: .seconds(12), jitter: 0)
        for caller in [a, b, c] { #expect(board.refusal(caller, now: .seconds(12)) == nil) }
        // Failures of two callers far apart in time open the breaker only for the caller that failed last.
        for _ in 0..<3 { fail(a, at: .seconds(13)) }
        for _ in 0..<3 { fail(b, at: .seconds(60)) }
        #expect(board.refusal(c, now: .seconds(61)) == nil && board.refusal(b, now: .seconds(61)) != nil)
        // A tenant with the same name but another incarnation is a different caller.
        #expect(board.refusal(ChatCaller("b", incarnation: "2"), now: .seconds(61)) == nil)
    }

    @Test func callersAreForgottenInTheEnd() {
        var board = CircuitBoard(policy)
        for number in 0..<5000 {
            let caller = ChatCaller.test("\(number)")
            guard case .admitted(let ticket) = board.admit(caller, now: .seconds(number)) else { continue }
            board.report(.failure(retryAfter: nil), for: ticket, of: caller, now: .seconds(number), jitter: 0)
        }
        #expect(board.callers == 1024)
    }
}
