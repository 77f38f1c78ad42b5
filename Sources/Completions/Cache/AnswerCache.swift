internal import Synchronization
internal import Workers

/// Answers each question once: gives again what was answered before, lets who asks the same at the same time read along, and has made
/// what is new. It lives as long as `run`.
public final class AnswerCache: Sendable {
    private struct State {
        var underWay: [AnswerKey: SharedAnswer] = [:]
        /// Who makes them.
        var makers: [ObjectIdentifier: Task<Void, Never>] = [:]
        /// No more are made.
        var isStopped = false
    }

    private let store: any AnswerStore
    private let state = Mutex(State())
    private let hasStopped = OneTimeSignal()

    public init(store: any AnswerStore) { self.store = store }

    /// Returns once `stop` was called and the answers that were being made have ended. Where the task is cancelled they are ended: their
    /// readers get a `CancellationError`.
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

    /// From now on answers are made for each reader alone; `run` returns once those that are being made have ended.
    public func stop() {
        state.withLock { $0.isStopped = true }
        hasStopped.fire()
    }

    /// - Parameters:
    ///   - executor: where it is made; `nil` is the concurrent pool.
    ///   - isCurrent: whether an answer that was made still is what `key` says: nothing else is kept.
    ///   - begin: begins the answer. Its task is nobody's who reads; it is cancelled once all of them have gone.
    /// - Throws: what `begin` throws, if it is not shared.
    public func turn(
        for key: AnswerKey, model: String, on executor: (any TaskExecutor)? = nil, isCurrent: @escaping @Sendable () async -> Bool,
        begin: @escaping @Sendable () async throws -> ChatTurn
    ) async throws -> ChatTurn {
        // Those under way come first: an answer is stored before it leaves them, so that none is missed in between.
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
        guard make(fresh, key, on: executor, isCurrent, begin) else {
            forget(fresh, key)
            fresh.giveUp()
            return try await begin()
        }
        return ChatTurn(reader, model: model, origin: .model)
    }

    /// Has the answer made, in a task that ends when the last reader has gone.
    ///
    /// - Returns: whether answers are still made.
    private func make(
        _ answer: SharedAnswer, _ key: AnswerKey, on executor: (any TaskExecutor)?, _ isCurrent: @escaping @Sendable () async -> Bool,
        _ begin: @escaping @Sendable () async throws -> ChatTurn
    ) -> Bool {
        let maker: Task<Void, Never>? = state.withLock { state in
            guard !state.isStopped else { return nil }
            // Not a child of whoever asked: others may read along when they have gone. `run` waits for it.
            let maker = Task(executorPreference: executor) {
                let whole = await answer.make(begin)
                if let whole, await isCurrent() { await self.store.store(whole, for: key) }
                self.forget(answer, key)
            }
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

    /// Answers that are kept, and the bytes they are reckoned to take; `nil` where the store does not say.
    public func contents() async -> (answers: Int, bytes: Int)? { await store.contents() }

    /// Answers that are being made.
    package var making: Int { state.withLock { $0.underWay.count } }
}

extension ChatTurn {
    fileprivate init(_ reader: SharedAnswerReader, model: String, origin: Origin) {
        self.init(model: model, origin: origin, backend: { reader.backend }) { try await reader.next() }
    }
}
