internal import Synchronization

/// Answers each question once: gives again what was answered before, lets who asks the same at the same time read along, and has made
/// what is new. It lives as long as `run`.
public final class AnswerCache: Sendable {
    private struct Order: Sendable {
        let key: AnswerKey
        let answer: SharedAnswer
        let begin: @Sendable () async throws -> ChatTurn
        let isCurrent: @Sendable () async -> Bool
    }

    private let store: any AnswerStore
    private let underWay = Mutex<[AnswerKey: SharedAnswer]>([:])
    private let orders: AsyncStream<Order>
    private let orderer: AsyncStream<Order>.Continuation

    public init(store: any AnswerStore) {
        self.store = store
        (orders, orderer) = AsyncStream.makeStream()
    }

    /// Makes answers until `stop`, or the task is cancelled: then readers get a `CancellationError`.
    public func run() async {
        await withDiscardingTaskGroup { group in
            for await order in orders { group.addTask { await self.make(order) } }
        }
        // What was ordered in the last moment is made by nobody: its readers are not to wait for it.
        for answer in underWay.withLock({ $0.values.map { $0 } }) { answer.giveUp() }
    }

    /// From now on answers are made for each reader alone; `run` returns once those that are being made have ended.
    public func stop() { orderer.finish() }

    /// - Parameters:
    ///   - isCurrent: whether an answer that was made still is what `key` says: nothing else is kept.
    ///   - begin: begins the answer. Its task is nobody's who reads; it is cancelled once all of them have gone.
    /// - Throws: what `begin` throws, if it is not shared.
    public func turn(
        for key: AnswerKey, model: String, isCurrent: @escaping @Sendable () async -> Bool,
        begin: @escaping @Sendable () async throws -> ChatTurn
    ) async throws -> ChatTurn {
        // Those under way come first: an answer is stored before it leaves them, so that none is missed in between.
        let fresh = SharedAnswer()
        let (reader, isNew) = underWay.withLock { underWay in
            if let reader = underWay[key]?.join() { return (Optional(reader), false) }
            underWay[key] = fresh
            return (fresh.join(), true)
        }
        guard let reader else { return try await begin() }
        guard isNew else { return ChatTurn(reader, model: model, origin: .shared) }
        if let stored = await store.answer(for: key) {
            fresh.fill(stored)
            forget(fresh, key)
            return ChatTurn(reader, model: model, origin: .cache)
        }
        if case .terminated = orderer.yield(Order(key: key, answer: fresh, begin: begin, isCurrent: isCurrent)) {
            forget(fresh, key)
            fresh.giveUp()
            return try await begin()
        }
        return ChatTurn(reader, model: model, origin: .model)
    }

    private func make(_ order: Order) async {
        let answer = await order.answer.make(order.begin)
        if let answer, await order.isCurrent() { await store.store(answer, for: order.key) }
        forget(order.answer, order.key)
    }

    private func forget(_ answer: SharedAnswer, _ key: AnswerKey) {
        underWay.withLock { if $0[key] === answer { $0[key] = nil } }
    }

    /// Answers that are kept, and the bytes they are reckoned to take; `nil` where the store does not say.
    public func contents() async -> (answers: Int, bytes: Int)? { await store.contents() }

    /// Answers that are being made.
    package var making: Int { underWay.withLock { $0.count } }
}

extension ChatTurn {
    fileprivate init(_ reader: SharedAnswerReader, model: String, origin: Origin) {
        self.init(model: model, origin: origin, backend: { reader.backend }) { try await reader.next() }
    }
}
