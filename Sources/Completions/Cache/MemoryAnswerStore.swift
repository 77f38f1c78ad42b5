internal import Caching
internal import Synchronization

/// Answers in this process's memory, within a number of bytes and for some time.
public final class MemoryAnswerStore: AnswerStore {
    fileprivate struct Entry: Sendable {
        let answer: StoredAnswer
        let until: ContinuousClock.Instant
    }

    fileprivate struct State {
        var answers: LRUCache<AnswerKey, Entry>
        /// What is kept for each caller, all of one version: an older one's answers are never asked for again, and go at once, for they may
        /// hold words that were deleted.
        var kept: [ChatCaller: (version: Int64, history: Int64, keys: Set<AnswerKey>)] = [:]
    }

    private let state: Mutex<State>
    private let lifetime: Duration
    private let now: @Sendable () -> ContinuousClock.Instant

    /// An answer that takes more than this part of the store is not kept.
    private static let largestShare = 16
    /// Reckoned for an entry beside its key and its answer.
    private static let overhead = 256

    /// - Parameters:
    ///   - capacity: bytes, reckoned; 0 keeps nothing.
    ///   - lifetime: how long an answer is given again.
    public init(
        capacity: Int, lifetime: Duration, now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        state = Mutex(State(answers: LRUCache(capacity: capacity)))
        (self.lifetime, self.now) = (lifetime, now)
    }

    public func answer(for key: AnswerKey) async -> StoredAnswer? {
        let time = now()
        return state.withLock { state in
            state.forgetOlder(than: key)
            guard let entry = state.answers.value(for: key) else { return nil }
            guard entry.until > time else {
                state.forget(key)
                return nil
            }
            return entry.answer
        }
    }

    public func store(_ answer: StoredAnswer, for key: AnswerKey) async {
        let (cost, until) = (answer.cost + key.cost + Self.overhead, now() + lifetime)
        state.withLock { state in
            guard state.forgetOlder(than: key) else { return }
            state.forget(key)
            guard cost <= state.answers.capacity / Self.largestShare else { return }
            let givenUp = state.answers.insert(Entry(answer: answer, until: until), for: key, cost: cost)
            state.kept[key.caller, default: (key.version, key.history, [])].keys.insert(key)
            givenUp.forEach { state.forget($0) }
        }
    }

    public func contents() async -> (answers: Int, bytes: Int)? { held }

    /// Answers that are kept, and the bytes they are reckoned to take.
    package var held: (answers: Int, bytes: Int) { state.withLock { ($0.answers.count, $0.answers.bytes) } }
    /// Keys that are remembered by caller: as many as answers.
    package var remembered: Int { state.withLock { $0.kept.values.reduce(0) { $0 + $1.keys.count } } }
}

extension MemoryAnswerStore.State {
    /// - Returns: whether the key is of the newest version seen of its caller.
    @discardableResult
    fileprivate mutating func forgetOlder(than key: AnswerKey) -> Bool {
        guard let kept = kept[key.caller] else { return true }
        if kept.history == key.history {
            guard kept.version < key.version else { return kept.version == key.version }
        }
        for old in kept.keys { answers.remove(old) }
        self.kept[key.caller] = nil
        return true
    }

    fileprivate mutating func forget(_ key: AnswerKey) {
        answers.remove(key)
        kept[key.caller]?.keys.remove(key)
        if kept[key.caller]?.keys.isEmpty == true { kept[key.caller] = nil }
    }
}
