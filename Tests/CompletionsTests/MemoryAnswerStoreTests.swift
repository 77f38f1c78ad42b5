import Completions
import JSON
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct MemoryAnswerStoreTests {
    private static func answer(_ text: String) -> StoredAnswer { StoredAnswer(steps: [.text(text)]) }

    private static func text(_ answer: StoredAnswer?) -> String? {
        guard case .text(let text)? = answer?.steps.first else { return nil }
        return text
    }

    private static func key(_ caller: Int, _ version: Int64, _ question: Int) -> AnswerKey {
        AnswerKey(caller: ChatCaller("\(caller)", incarnation: "1"), version: version, question: ["q": .init(question)])
    }

    /// Compares random use with a dictionary: a lookup returns the last answer stored under that key, if it has not expired.
    @Test(arguments: 0..<20 as Range<UInt64>) func neverAnswersWithAnythingElse(seed: UInt64) async throws {
        var rng = SplitMix64(seed: seed)
        let start = ContinuousClock.now
        let seconds = Mutex(0)
        let capacity = Int.random(in: 8_000...60_000, using: &rng)
        let store = MemoryAnswerStore(capacity: capacity, lifetime: .seconds(50)) { start + .seconds(seconds.withLock { $0 }) }
        var model: [AnswerKey: (text: String, until: Int)] = [:]
        var versions: [Int: Int64] = [:]
        var found = 0
        for step in 0..<2_000 {
            let (caller, question) = (Int.random(in: 0..<4, using: &rng), Int.random(in: 0..<10, using: &rng))
            let newest = versions[caller, default: 1]
            let version = Int.random(in: 0..<20, using: &rng) == 0 ? max(1, newest - 1) : newest
            let key = Self.key(caller, version, question)
            let now = seconds.withLock { $0 }
            switch Int.random(in: 0..<20, using: &rng) {
            case 0: versions[caller] = newest + 1
            case 1: seconds.withLock { $0 += 10 }
            case 2..<10:
                let text = "\(step)" + String(repeating: "x", count: Int.random(in: 0..<400, using: &rng))
                await store.store(Self.answer(text), for: key)
                model[key] = (text, now + 50)
            default:
                guard let text = Self.text(await store.answer(for: key)) else { break }
                found += 1
                #expect(model[key]?.text == text, "seed \(seed), step \(step)")
                #expect(model[key].map { $0.until > now } == true, "seed \(seed), step \(step)")
            }
            let held = try #require(store.contents())
            #expect(held.bytes <= capacity && store.remembered == held.answers, "seed \(seed), step \(step)")
        }
        #expect(found > 100)
    }

    /// Answers from deleted text must not stay in memory.
    @Test func aNewerVersionEndsTheOldersAnswers() async {
        let store = MemoryAnswerStore(capacity: 1 << 20, lifetime: .seconds(60))
        for question in 0..<10 { await store.store(Self.answer("old"), for: Self.key(0, 1, question)) }
        await store.store(Self.answer("other"), for: Self.key(1, 1, 0))
        #expect(await store.answer(for: Self.key(0, 2, 0)) == nil)
        #expect(store.contents()?.answers == 1)
        // A late answer for the previous version is not stored either.
        await store.store(Self.answer("new"), for: Self.key(0, 2, 0))
        await store.store(Self.answer("late"), for: Self.key(0, 1, 5))
        #expect(await store.answer(for: Self.key(0, 1, 5)) == nil)
        #expect(Self.text(await store.answer(for: Self.key(0, 2, 0))) == "new")
        #expect(Self.text(await store.answer(for: Self.key(1, 1, 0))) == "other")
    }

    @Test func whatIsLargeIsNotKept() async {
        let store = MemoryAnswerStore(capacity: 64_000, lifetime: .seconds(60))
        await store.store(Self.answer(String(repeating: "x", count: 5_000)), for: Self.key(0, 1, 0))
        #expect(store.contents()?.answers == 0)
    }
}
