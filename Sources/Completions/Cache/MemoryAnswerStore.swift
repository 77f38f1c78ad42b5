internal import Caching
internal import Synchronization

/// An in-memory store of answers, limited in bytes and in the lifetime of answers.
public final class MemoryAnswerStore: AnswerStore {
    fileprivate struct Entry: Sendable {
        let answer: StoredAnswer
        let until: ContinuousClock.Instant
    }

    fileprivate struct State {
        var answers: LRUCache<AnswerKey, Entry>
        /// Keys stored for each caller, all of one version. Answers of an older version are never requested again; they are evicted at
        /// once, since they may contain deleted text.
        var kept: [ChatCaller: (version: Int64, history: Int64, keys: Set<AnswerKey>)] = [:]
    }

    private let state: Mutex<State>
    private let lifetime: Duration
    private let now: @Sendable () -> ContinuousClock.Instant

    /// Divisor of the capacity that gives the maximum size of one answer; a larger answer is not stored.
    private static let largestShare = 16
    /// Estimated bytes of an entry in addition to its key and answer.
    private static let overhead = 256

    /// - Parameters:
    ///   - capacity: maximum estimated size in bytes; 0 disables the store.
    ///   - lifetime: time after which a stored answer expires.
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
            let evicted = state.answers.insert(Entry(answer: answer, until: until), for: key, cost: cost)
            state.kept[key.caller, default: (key.version, key.history, [])].keys.insert(key)
            evicted.forEach { state.forget($0) }
        }
    }

    public func contents() -> (answers: Int, bytes: Int)? { state.withLock { ($0.answers.count, $0.answers.bytes) } }

    /// Number of keys indexed by caller; equals the number of answers.
    package var remembered: Int { state.withLock { $0.kept.values.reduce(0) { $0 + $1.keys.count } } }
}

extension MemoryAnswerStore.State {
    /// Evicts the caller's answers if they are older than the key; returns whether the key has the caller's newest known version.
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
