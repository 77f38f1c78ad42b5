internal import Embeddings
internal import Synchronization

/// A concurrency limit for requests to the provider; waiting requests start in the order of `RequestTurns`.
final class RequestGate: Sendable {
    private struct State {
        var turns: RequestTurns
        var waiting: [RequestTurns.Ticket: CheckedContinuation<Void, any Error>] = [:]
        var lastTicket: RequestTurns.Ticket = 0
    }

    private let state: Mutex<State>

    init(width: Int) { state = Mutex(State(turns: RequestTurns(width: width))) }

    /// Runs `body` once the concurrency limit admits the request.
    ///
    /// - Throws: `.overloaded`, `.cancelled`, `.shuttingDown`; the errors of `body`.
    func run<Value: Sendable>(
        caller: EmbeddingCaller, kind: RequestTurns.Kind, _ body: () async throws -> Value
    ) async throws -> Value {
        try await enter(caller, kind)
        defer { leave(kind) }
        return try await body()
    }

    /// Fails waiting requests and rejects new ones.
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
                    // Checked under the lock, so that a cancellation comes either before this check or after the ticket is stored.
                    let admission = Task.isCancelled ? nil : state.turns.arrive(ticket, caller: caller, kind: kind)
                    if admission == .wait { state.waiting[ticket] = continuation }
                    return admission
                }
                switch admission {
                case .wait: break
                case .start: continuation.resume()
                case .full: continuation.resume(throwing: EmbeddingError(.overloaded, "the embedding request queue is full"))
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
    private static let closed = EmbeddingError(.shuttingDown, "the embedder is shutting down")
}
