internal import JSON
package import Scheduling
internal import Synchronization
internal import Telemetry
public import Upstream

/// A model with its limits: the queue in front of it, its circuit breakers, and the only place where requests are retried. All users of the
/// model share one instance.
public final class ChatBackend: Sendable {
    public let name: String
    /// Context window: maximum tokens of prompt and answer together, if known.
    public let contextTokens: Int?
    /// Whether the model answers from retrieved sources only.
    public let needsSources: Bool
    private let provider: any ChatProvider
    /// `nil` for a model with limits of its own: the built-in model.
    private let limits: BackendLimits?
    package let limiter: ConcurrencyLimiter<ChatCaller>?
    private let circuits: Mutex<CircuitBoard>
    private let pacing: UpstreamPacing
    private let clock: @Sendable () -> Duration
    private let failures = CountTable<CompletionError.Code>()
    private let retries = Atomic(0)

    /// - Parameters:
    ///   - pacing: wait and jitter between attempts.
    ///   - clock: returns a monotonic time since any moment.
    public init(
        name: String, provider: any ChatProvider, needsSources: Bool = false, contextTokens: Int? = nil, limits: BackendLimits?,
        pacing: UpstreamPacing = .live, clock: @escaping @Sendable () -> Duration = ChatBackend.uptime
    ) {
        (self.name, self.provider, self.limits) = (name, provider, limits)
        (self.needsSources, self.contextTokens) = (needsSources, contextTokens)
        limiter = limits.map { ConcurrencyLimiter(slots: $0.concurrency, capacity: $0.queue) }
        circuits = Mutex(CircuitBoard(limits?.circuit ?? CircuitPolicy()))
        (self.pacing, self.clock) = (pacing, clock)
    }

    private static let start = ContinuousClock.now
    /// Returns the time since its first call.
    public static let uptime: @Sendable () -> Duration = { ContinuousClock.now - start }

    /// Current state, and counts since the start.
    public var status: ChatBackendStatus {
        let now = clock()
        let (circuit, openCallers) = circuits.withLock { ($0.circuit(now: now), $0.openCallers) }
        return ChatBackendStatus(
            running: limiter?.running ?? 0, waiting: limiter?.waiting ?? 0, circuit: circuit, openCallers: openCallers,
            failures: failures.current, retries: retries.load(ordering: .relaxed))
    }

    /// - Throws: an error that names the first parameter that is invalid or not supported.
    func check(_ request: ChatRequest) throws(JSONFieldError) { try provider.check(request.parameters) }

    /// Returns whether the model can serve the request as a fallback.
    func suits(_ request: ChatRequest) -> Bool {
        guard !needsSources || request.sources != nil, (try? check(request)) != nil else { return false }
        return contextTokens.map { ContextWindow(tokens: $0).holds(request) } ?? true
    }

    /// Begins an answer and returns it once its first event is available.
    ///
    /// - Throws: `.modelUnavailable` while its circuit breaker is open; `.modelBusy` if its queue is full; the provider's error, after as
    ///   many attempts as its limits allow.
    func answer(_ request: ChatRequest, for caller: ChatCaller) async throws(CompletionError) -> ChatAnswer {
        guard let limiter, let limits else {
            do throws(CompletionError) { return named(try await provider.answer(request, for: caller)) } catch {
                failures.add(to: error.code)
                throw error
            }
        }
        // Requests that would be rejected do not enter the queue.
        var now = clock()
        if let wait = circuits.withLock({ $0.refusal(caller, now: now) }) { throw unavailable(wait) }
        let slot = try await slot(of: limiter, for: caller)
        var failed = 0
        var failure: CompletionError?
        while true {
            let ticket: CircuitBreaker.Ticket
            now = clock()
            switch circuits.withLock({ $0.admit(caller, now: now) }) {
            case .admitted(let admitted): ticket = admitted
            case .refused(let wait): throw failure ?? unavailable(wait)
            }
            do throws(CompletionError) {
                return try await attempt(request, caller, ticket, slot)
            } catch {
                failed += 1
                failure = error
                let retryAfter = error.retryAfterSeconds.map { Duration.seconds($0) }
                guard error.didNoWork, let wait = limits.retries.wait(after: failed, retryAfter: retryAfter, random: pacing.random) else {
                    throw error
                }
                retries.add(1, ordering: .relaxed)
                do { try await pacing.sleep(wait) } catch { throw .cancelledBeforeSending }
            }
        }
    }

    private func slot(
        of limiter: ConcurrencyLimiter<ChatCaller>, for caller: ChatCaller
    ) async throws(CompletionError) -> ConcurrencySlot {
        do throws(ConcurrencyRefusal) { return try await limiter.slot(for: caller) } catch {
            switch error {
            case .full(let seconds):
                throw CompletionError(.modelBusy, "the queue of \(name) or the caller's share of it is full", retryAfterSeconds: seconds)
            case .cancelled, .closed: throw .cancelledBeforeSending
            }
        }
    }

    /// Sends one request to the provider and waits for the first event.
    private func attempt(
        _ request: ChatRequest, _ caller: ChatCaller, _ ticket: CircuitBreaker.Ticket, _ slot: ConcurrencySlot
    ) async throws(CompletionError) -> ChatAnswer {
        do throws(CompletionError) {
            var answer = named(try await provider.answer(request, for: caller))
            let rest = answer.events
            guard let first = try await rest.next() else {
                throw CompletionError(.providerInvalid, "the provider's response contains no event")
            }
            report(.success, ticket, caller)
            let events = RoutedEvents(first: first, rest: rest, slot: slot) { [self] error in
                failures.add(to: error.code)
                report(error.verdict, ticket, caller)
            }
            answer.events = ChatEvents { () async throws(CompletionError) in try await events.next() }
            return answer
        } catch {
            // A cancelled task counts as cancelled, whatever error the provider's client reports.
            let isCancelled = Task.isCancelled
            failures.add(to: isCancelled ? .cancelled : error.code)
            report(isCancelled ? .neutral : error.verdict, ticket, caller)
            throw error
        }
    }

    private func report(_ verdict: CircuitBreaker.Verdict, _ ticket: CircuitBreaker.Ticket, _ caller: ChatCaller) {
        let (now, jitter) = (clock(), pacing.random(0...1))
        circuits.withLock { $0.report(verdict, for: ticket, of: caller, now: now, jitter: jitter) }
    }

    private func named(_ answer: ChatAnswer) -> ChatAnswer {
        var answer = answer
        answer.backend = name
        return answer
    }

    private func unavailable(_ wait: Duration) -> CompletionError {
        let seconds = max(1, Int(min((wait / .seconds(1)).rounded(.up), 86_400)))
        return CompletionError(.modelUnavailable, "the circuit breaker of \(name) is open", retryAfterSeconds: seconds)
    }
}
