internal import Scheduling
internal import Synchronization

/// A response cache with request coalescing: a request is served from the store, joins an identical request in progress, or is sent to the
/// model. `run` must run for as long as the cache is used.
public final class AnswerCache: Sendable {
    private struct State {
        var underWay: [AnswerKey: SharedAnswer] = [:]
        /// Tasks that produce the answers.
        var makers: [ObjectIdentifier: Task<Void, Never>] = [:]
        /// Whether the cache has stopped: no new task starts.
        var isStopped = false
    }

    private let store: any AnswerStore
    private let state = Mutex(State())
    private let hasStopped = OneTimeSignal()

    public init(store: any AnswerStore) { self.store = store }

    /// Returns once `stop` was called and all answers in progress have ended. Cancelling the task ends them: their readers get a
    /// `CancellationError`.
    public func run() async {
        await hasStopped.wait()
        let makers = state.withLock { state in
            state.isStopped = true
            return Array(state.makers.values)
        }
        await withTaskCancellationHandler {
            for maker in makers { await maker.value }
        } onCancel: {
            for maker in makers { maker.cancel() }
        }
    }

    /// Stops sharing: every later cache miss is answered for its reader alone, and `run` returns once the answers in progress have ended.
    public func stop() {
        state.withLock { $0.isStopped = true }
        hasStopped.fire()
    }

    /// - Parameters:
    ///   - executor: executor that produces the answer; `nil` for the concurrent pool.
    ///   - isCurrent: returns whether a finished answer still matches `key`; otherwise it is not stored.
    ///   - begin: begins the answer, in a task of its own that is cancelled once all readers have left.
    /// - Throws: the error of `begin`, if the answer is not shared.
    public func turn(
        for key: AnswerKey, model: String, on executor: (any TaskExecutor)? = nil, isCurrent: @escaping @Sendable () async -> Bool,
        begin: @escaping @Sendable () async throws -> ChatTurn
    ) async throws -> ChatTurn {
        // Checks answers in progress first: an answer is stored before it leaves `underWay`, so no answer is missed in between.
        let fresh = SharedAnswer()
        let (reader, isNew) = state.withLock { state in
            if let reader = state.underWay[key]?.join() { return (Optional(reader), false) }
            state.underWay[key] = fresh
            return (fresh.join(), true)
        }
        guard let reader else { return try await begin() }
        guard isNew else { return ChatTurn(reader, model: model, origin: .shared) }
        if let stored = await store.answer(for: key) {
            fresh.fill(stored)
            forget(fresh, key)
            return ChatTurn(reader, model: model, origin: .cache)
        }
        let hasStarted = start(fresh, on: executor) { [self] in
            let whole = await fresh.make(begin)
            if let whole, await isCurrent() { await store.store(whole, for: key) }
            forget(fresh, key)
        }
        guard hasStarted else {
            forget(fresh, key)
            fresh.giveUp()
            return try await begin()
        }
        return ChatTurn(reader, model: model, origin: .model)
    }

    /// Starts a task that produces the answer. The task ends when the last reader has left.
    ///
    /// - Returns: `false` if the cache has stopped.
    private func start(_ answer: SharedAnswer, on executor: (any TaskExecutor)?, _ make: @escaping @Sendable () async -> Void) -> Bool {
        let maker: Task<Void, Never>? = state.withLock { state in
            guard !state.isStopped else { return nil }
            // Not a child of the requesting task: other readers may still read when that has ended. `run` waits for this task.
            let maker = Task(executorPreference: executor) { await make() }
            state.makers[ObjectIdentifier(answer)] = maker
            return maker
        }
        guard let maker else { return false }
        answer.onAbandon.whenFired { maker.cancel() }
        return true
    }

    private func forget(_ answer: SharedAnswer, _ key: AnswerKey) {
        state.withLock { state in
            if state.underWay[key] === answer { state.underWay[key] = nil }
            state.makers[ObjectIdentifier(answer)] = nil
        }
    }

    /// Returns the number of stored answers and their estimated size in bytes; `nil` if the store does not report them.
    public func contents() async -> (answers: Int, bytes: Int)? { await store.contents() }

    /// Number of answers in progress.
    package var making: Int { state.withLock { $0.underWay.count } }
}

extension ChatTurn {
    fileprivate init(_ reader: SharedAnswerReader, model: String, origin: Origin) {
        self.init(model: model, origin: origin, backend: { reader.backend }) { try await reader.next() }
    }
}
