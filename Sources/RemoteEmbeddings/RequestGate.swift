internal import Embeddings
internal import Synchronization

/// Lets requests through to the provider, so many at once, in the order of `RequestTurns`.
final class RequestGate: Sendable {
    private struct State {
        var turns: RequestTurns
        var waiting: [RequestTurns.Ticket: CheckedContinuation<Void, any Error>] = [:]
        var lastTicket: RequestTurns.Ticket = 0
    }

    private let state: Mutex<State>

    init(width: Int) { state = Mutex(State(turns: RequestTurns(width: width))) }

    /// Runs `body` when it is its turn.
    ///
    /// - Throws: `.overloaded`, `.cancelled`, `.shuttingDown`; what `body` throws.
    func run<Value: Sendable>(
        caller: EmbeddingCaller, kind: RequestTurns.Kind, _ body: () async throws -> Value
    ) async throws -> Value {
        try await enter(caller, kind)
        defer { leave(kind) }
        return try await body()
    }

    /// Fails what waits and refuses what comes.
    func close() {
        let orphans = state.withLock { state in
            state.turns.close()
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for orphan in orphans { orphan.resume(throwing: Self.closed) }
    }

    private func enter(_ caller: EmbeddingCaller, _ kind: RequestTurns.Kind) async throws {
        let ticket = state.withLock { state in
            state.lastTicket += 1
            return state.lastTicket
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let admission = state.withLock { state in
                    // Under the lock, so that a cancellation comes either before this look or after the ticket waits.
                    let admission = Task.isCancelled ? nil : state.turns.arrive(ticket, caller: caller, kind: kind)
                    if admission == .wait { state.waiting[ticket] = continuation }
                    return admission
                }
                switch admission {
                case .wait: break
                case .start: continuation.resume()
                case .full: continuation.resume(throwing: EmbeddingError(.overloaded, "more requests than may wait"))
                case .closed: continuation.resume(throwing: Self.closed)
                case nil: continuation.resume(throwing: Self.cancelled)
                }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                state.turns.remove(ticket, caller: caller, kind: kind) ? state.waiting.removeValue(forKey: ticket) : nil
            }
            waiting?.resume(throwing: Self.cancelled)
        }
    }

    private func leave(_ kind: RequestTurns.Kind) {
        let started = state.withLock { state in state.turns.leave(kind).compactMap { state.waiting.removeValue(forKey: $0) } }
        for continuation in started { continuation.resume() }
    }

    private static let cancelled = EmbeddingError(.cancelled, "the caller's task was cancelled")
    private static let closed = EmbeddingError(.shuttingDown, "the embedder stopped")
}
