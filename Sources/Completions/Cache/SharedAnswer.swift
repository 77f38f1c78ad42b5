internal import Scheduling
internal import Synchronization

/// An answer that is produced once and read by any number of readers, each from its beginning and at its own pace.
///
/// The producer stays at most `window` steps ahead of the furthest reader, so that it produces nothing that nobody reads; `onAbandon` tells
/// it to stop once the last reader has left.
final class SharedAnswer: Sendable {
    private typealias Waiter = CheckedContinuation<Void, Never>

    private struct State {
        var steps: [ChatTurn.Step] = []
        var cost = 0
        /// Model that answers, once the answer has begun.
        var backend: String?
        /// Whether that model is a fallback: the answer is valid for current readers, but is not cached.
        var isStandIn = false
        /// Result of the answer, once it has ended.
        var ending: Result<Void, any Error>?
        /// Number of steps that each reader has read.
        var positions: [Int: Int] = [:]
        var nextReader = 0
        /// Whether all readers have left, or no reader may join any more.
        var isClosed = false
        /// The waiting readers, and the waiting producer.
        var waiting: [Int: Waiter] = [:]

        var furthest: Int { positions.values.max() ?? 0 }
        /// Whether the last step is present: then the answer continues even if all readers leave.
        var isWhole: Bool { if case .end? = steps.last { true } else { false } }
        func hasRoom(_ window: Int) -> Bool { positions.isEmpty || steps.count < furthest + window }
    }

    /// Number under which the producer waits; readers have numbers from 1.
    private static let producer = 0

    private let state = Mutex(State())
    private let window: Int
    /// Size in bytes above which no reader may join and the answer is not cached.
    private let largest: Int
    /// Fires when the last reader leaves before the end; the producer must then stop.
    let onAbandon = OneTimeSignal()

    init(window: Int = 64, largest: Int = 1 << 20) { (self.window, self.largest) = (window, largest) }

    // MARK: Readers

    /// - Returns: a new reader; `nil` if it is too late to join.
    func join() -> SharedAnswerReader? {
        let reader: Int? = state.withLock { state in
            guard !state.isClosed, state.cost <= largest else { return nil }
            state.nextReader += 1
            state.positions[state.nextReader] = 0
            return state.nextReader
        }
        return reader.map { SharedAnswerReader(self, $0) }
    }

    fileprivate func next(_ reader: Int) async throws -> [ChatTurn.Step]? {
        while true {
            try Task.checkCancellation()
            let (steps, isOver, producer) = try state.withLock { state in
                let position = state.positions[reader] ?? 0
                guard position < state.steps.count else { return ([ChatTurn.Step]?.none, try state.ending?.get() != nil, Waiter?.none) }
                state.positions[reader] = state.steps.count
                let producer = state.hasRoom(window) ? state.waiting.removeValue(forKey: Self.producer) : nil
                return (Array(state.steps[position...]), false, producer)
            }
            producer?.resume()
            if steps != nil || isOver { return steps }
            await wait(reader) { $0.ending != nil || ($0.positions[reader] ?? 0) < $0.steps.count }
        }
    }

    fileprivate var backend: String? { state.withLock { $0.backend } }

    fileprivate func leave(_ reader: Int) {
        let isLast = state.withLock { state in
            state.positions[reader] = nil
            let isLast = state.positions.isEmpty && !state.isWhole
            if isLast { state.isClosed = true }
            return isLast
        }
        if isLast { onAbandon.fire() }
    }

    /// Suspends the reader or producer with that number until it is resumed, or its task is cancelled.
    ///
    /// - Parameter isReady: whether there is something to do already.
    private func wait(_ number: Int, unless isReady: (State) -> Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isNow = state.withLock { state in
                    let isNow = Task.isCancelled || isReady(state)
                    if !isNow { state.waiting[number] = continuation }
                    return isNow
                }
                if isNow { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?.resume()
        }
    }

    // MARK: Producer

    /// Reads the answer to its end and passes it to the readers.
    ///
    /// - Returns: the complete answer; `nil` if it failed, is too large to cache, or was given by a fallback model.
    func make(_ begin: () async throws -> ChatTurn) async -> StoredAnswer? {
        end(await result(of: begin))
    }

    private func result(of begin: () async throws -> ChatTurn) async -> Result<Void, any Error> {
        do {
            let turn = try await begin()
            state.withLock { ($0.backend, $0.isStandIn) = (turn.backend, turn.backend != turn.model) }
            while let steps = try await turn.next() {
                push(steps)
                if case .end? = steps.last { break }
                await wait(Self.producer) { $0.hasRoom(window) }
            }
            return .success(())
        } catch { return .failure(error) }
    }

    /// Supplies a complete stored answer.
    func fill(_ answer: StoredAnswer) {
        state.withLock { $0.steps = answer.steps }
        _ = end(.success(()))
    }

    /// Ends the answer for its readers with a `CancellationError`, without a producer.
    func giveUp() { _ = end(.failure(CancellationError())) }

    private func push(_ steps: [ChatTurn.Step]) {
        let waiting = state.withLock { state in
            state.steps += steps
            state.cost += steps.reduce(0) { $0 + $1.cost }
            defer { state.waiting = [:] }
            return state.waiting.values.map { $0 }
        }
        for reader in waiting { reader.resume() }
    }

    private func end(_ result: Result<Void, any Error>) -> StoredAnswer? {
        let (waiting, answer): ([Waiter], StoredAnswer?) = state.withLock { state in
            guard state.ending == nil else { return ([], nil) }
            state.ending = result
            // A late reader may read an answer that succeeded, but not one that failed.
            if case .failure = result { state.isClosed = true }
            defer { state.waiting = [:] }
            var answer: StoredAnswer?
            if case .success = result, state.cost <= largest, !state.isStandIn { answer = StoredAnswer(steps: state.steps) }
            return (state.waiting.values.map { $0 }, answer)
        }
        for reader in waiting { reader.resume() }
        return answer
    }
}

/// A reader's position in a shared answer. Releasing the reader leaves the answer.
final class SharedAnswerReader: Sendable {
    private let answer: SharedAnswer
    private let number: Int

    fileprivate init(_ answer: SharedAnswer, _ number: Int) { (self.answer, self.number) = (answer, number) }

    deinit { answer.leave(number) }

    /// Model that answers; `nil` until the answer begins.
    var backend: String? { answer.backend }

    func next() async throws -> [ChatTurn.Step]? { try await answer.next(number) }
}
