import Completions
import JSON
import Scheduling
import Synchronization
import Testing

/// A source of answers that counts its requests and releases each step when the test says so.
private final class Maker: Sendable {
    struct Broken: Error {}

    private struct State {
        var begun = 0
        var given = 0
    }

    private let state = Mutex(State())
    private let gate: AsyncStream<Void>
    private let opener: AsyncStream<Void>.Continuation
    /// Yields when an answer is dropped before its end.
    let ended: AsyncStream<Void>
    private let ender: AsyncStream<Void>.Continuation
    private let steps: Int
    private let fails: Bool
    private let backend: String?

    /// - Parameters:
    ///   - isOpen: whether each step is released as soon as it is requested.
    ///   - backend: the model that answers, if it differs from the requested one.
    init(steps: Int = 3, isOpen: Bool = true, fails: Bool = false, backend: String? = nil) {
        (gate, opener) = AsyncStream.makeStream()
        (ended, ender) = AsyncStream.makeStream()
        (self.steps, self.fails, self.backend) = (steps, fails, backend)
        if isOpen { opener.finish() }
    }

    var begun: Int { state.withLock { $0.begun } }
    var given: Int { state.withLock { $0.given } }

    func open() { opener.finish() }

    func begin() -> ChatTurn {
        let number = state.withLock { state in
            state.begun += 1
            return state.begun
        }
        let place = Mutex(0)
        var answer = ChatAnswer(
            sources: [],
            events: ChatEvents { [self] () async throws(CompletionError) in
                for await _ in gate {}
                if Task.isCancelled {
                    ender.finish()
                    throw CompletionError(.cancelled, "nobody reads")
                }
                let next = place.withLock { place in
                    place += 1
                    return place
                }
                state.withLock { $0.given += 1 }
                if fails, next == steps { throw CompletionError(.providerInterrupted, "cut") }
                if next > steps + 1 { return nil }
                if next > steps { return [.end(ChatEnd(finishReason: "stop", usage: TokenUsage(prompt: number, completion: steps)))] }
                return [.delta(ChatDelta(text: "\(number).\(next) "))]
            }, usageSoFar: { TokenUsage(prompt: number, completion: 0) })
        answer.backend = backend
        return ChatTurn(answer, model: "m", cites: false) { $0 }
    }
}

/// A store that signals when it has stored an answer.
private final class SignallingStore: AnswerStore {
    let memory = MemoryAnswerStore(capacity: 1 << 20, lifetime: .seconds(60))
    let hasStored = OneTimeSignal()

    func answer(for key: AnswerKey) async -> StoredAnswer? { await memory.answer(for: key) }

    func store(_ answer: StoredAnswer, for key: AnswerKey) async {
        await memory.store(answer, for: key)
        hasStored.fire()
    }

    func contents() async -> (answers: Int, bytes: Int)? { memory.contents() }
}

@Suite(.timeLimit(.minutes(10))) struct AnswerCacheTests {
    private static func key(_ question: String = "q", caller: String = "a", incarnation: String = "1", version: Int64 = 1) -> AnswerKey {
        AnswerKey(caller: ChatCaller(caller, incarnation: incarnation), version: version, question: ["question": .string(question)])
    }

    /// Runs a cache for the duration of `body`.
    ///
    /// - Returns: the number of stored answers, after all have completed.
    @discardableResult
    private func run(_ body: @escaping @Sendable (AnswerCache, SignallingStore) async throws -> Void) async throws -> Int {
        let store = SignallingStore()
        let cache = AnswerCache(store: store)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await cache.run() }
            defer { cache.stop() }
            try await body(cache, store)
        }
        #expect(cache.making == 0)
        return try #require(store.memory.contents()).answers
    }

    private static func ask(_ cache: AnswerCache, _ key: AnswerKey, _ maker: Maker, isCurrent: Bool = true) async throws -> ChatTurn {
        try await cache.turn(for: key, model: "m", isCurrent: { isCurrent }, begin: { maker.begin() })
    }

    private static func read(_ turn: ChatTurn) async throws -> (text: String, usage: TokenUsage?, steps: Int) {
        var (text, usage, steps) = ("", TokenUsage?.none, 0)
        while let batch = try await turn.next() {
            steps += batch.count
            for step in batch {
                switch step {
                case .text(let more): text += more
                case .other: break
                case .end(let outcome): usage = outcome.usage
                }
            }
        }
        return (text, usage, steps)
    }

    @Test func aCacheHitEqualsTheOriginal() async throws {
        try await run { cache, store in
            let maker = Maker()
            let first = try await Self.ask(cache, Self.key(), maker)
            let answer = try await Self.read(first)
            #expect(first.origin == .model && answer.text == "1.1 1.2 1.3 " && answer.steps == 4)
            // The answer is stored shortly after its last step.
            await store.hasStored.wait()
            let again = try await Self.ask(cache, Self.key(), maker)
            #expect(again.origin == .cache)
            #expect(try await Self.read(again) == answer)
            #expect(maker.begun == 1)
        }
    }

    @Test func whoAsksTheSameAtTheSameTimeReadsAlong() async throws {
        try await run { cache, _ in
            let maker = Maker(steps: 500, isOpen: false)
            var turns: [ChatTurn] = []
            for _ in 0..<50 { turns.append(try await Self.ask(cache, Self.key(), maker)) }
            #expect(turns.filter { $0.origin == .model }.count == 1 && turns.filter { $0.origin == .shared }.count == 49)
            maker.open()
            let answers = try await withThrowingTaskGroup { group in
                for turn in turns { group.addTask { try await Self.read(turn).text } }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(answers.count == 1 && answers.first?.hasSuffix("1.500 ") == true && maker.begun == 1)
        }
    }

    /// When the requested model is available again, it answers itself; the cache must not return the fallback's answer.
    @Test func whatAnotherModelAnsweredIsNotKept() async throws {
        for (backend, answers) in [("other", 0), ("m", 1)] {
            let kept = try await run { cache, _ in
                let maker = Maker(isOpen: false, backend: backend)
                let turns = [try await Self.ask(cache, Self.key(), maker), try await Self.ask(cache, Self.key(), maker)]
                maker.open()
                for turn in turns {
                    #expect(try await Self.read(turn).text == "1.1 1.2 1.3 ")
                    #expect(turn.backend == backend && turn.model == "m")
                }
            }
            #expect(kept == answers)
        }
    }

    /// Also between an answer's last step and its storage.
    @Test(arguments: 0..<50) func noQuestionIsAnsweredTwice(_: Int) async throws {
        try await run { cache, _ in
            let maker = Maker()
            try await withThrowingTaskGroup { group in
                for _ in 0..<40 { group.addTask { try await Self.read(Self.ask(cache, Self.key(), maker)).text } }
                for try await text in group { #expect(text == "1.1 1.2 1.3 ") }
            }
            #expect(maker.begun == 1)
        }
    }

    /// As HTTP does, which does not read beyond the last step.
    @Test(arguments: 0..<50) func whoGoesWithTheLastStepLeavesItToOthers(_: Int) async throws {
        let kept = try await run { cache, _ in
            let maker = Maker()
            for _ in 0..<3 {
                let turn = try await Self.ask(cache, Self.key(), maker)
                while let steps = try await turn.next() { if case .end? = steps.last { break } }
            }
            #expect(maker.begun == 1)
        }
        #expect(kept == 1)
    }

    @Test func othersAndOtherTimesHaveTheirOwn() async throws {
        try await run { cache, _ in
            let maker = Maker()
            let keys = [
                Self.key(), Self.key(caller: "b"), Self.key(incarnation: "2"), Self.key("other"), Self.key(version: 2),
            ]
            for (place, key) in keys.enumerated() {
                let turn = try await Self.ask(cache, key, maker)
                let text = try await Self.read(turn).text
                #expect(turn.origin == .model && text.hasPrefix("\(place + 1).1"))
            }
            #expect(maker.begun == keys.count)
        }
    }

    @Test func whatFailsFailsForAllAndIsNotKept() async throws {
        let kept = try await run { cache, _ in
            let maker = Maker(steps: 3, isOpen: false, fails: true)
            let turns = [try await Self.ask(cache, Self.key(), maker), try await Self.ask(cache, Self.key(), maker)]
            maker.open()
            for turn in turns {
                var text = ""
                while text.utf8.count < 8 {
                    for step in try #require(try await turn.next()) {
                        guard case .text(let given) = step else { throw Maker.Broken() }
                        text += given
                    }
                }
                #expect(text == "1.1 1.2 ")
                let error = await #expect(throws: CompletionError.self) { try await turn.next() }
                #expect(error?.code == .providerInterrupted)
            }
            #expect(maker.begun == 1)
            _ = try await Self.ask(cache, Self.key(), maker).next()
            #expect(maker.begun == 2)
        }
        #expect(kept == 0)
    }

    @Test func whatIsOutOfDateAtItsEndIsNotKept() async throws {
        let kept = try await run { cache, _ in
            let maker = Maker()
            _ = try await Self.read(Self.ask(cache, Self.key(), maker, isCurrent: false))
        }
        #expect(kept == 0)
    }

    @Test func theLastReaderToGoEndsTheAnswer() async throws {
        let kept = try await run { cache, _ in
            let maker = Maker(steps: 10, isOpen: false)
            var turns = [try await Self.ask(cache, Self.key(), maker), try await Self.ask(cache, Self.key(), maker)]
            turns.removeFirst()
            #expect(turns.first?.origin == .shared)
            turns = []
            for await _ in maker.ended {}
            #expect(maker.given == 0)
        }
        #expect(kept == 0)
    }

    @Test func theOthersReadOnWhenTheFirstGoes() async throws {
        try await run { cache, _ in
            let maker = Maker(steps: 10, isOpen: false)
            var first: ChatTurn? = try await Self.ask(cache, Self.key(), maker)
            let second = try await Self.ask(cache, Self.key(), maker)
            #expect(first?.origin == .model && second.origin == .shared)
            first = nil
            maker.open()
            #expect(try await Self.read(second).text.hasSuffix("1.10 "))
        }
    }

    @Test func aReaderWhoIsCancelledDoesNotWait() async throws {
        try await run { cache, _ in
            let maker = Maker(isOpen: false)
            let turn = try await Self.ask(cache, Self.key(), maker)
            let other = try await Self.ask(cache, Self.key(), maker)
            await withTaskGroup { group in
                group.addTask { await #expect(throws: CancellationError.self) { try await turn.next() } }
                group.cancelAll()
            }
            maker.open()
            #expect(try await Self.read(other).steps == 4)
        }
    }

    @Test func nothingIsMadeFarAhead() async throws {
        try await run { cache, _ in
            let maker = Maker(steps: 10_000)
            let turn = try await Self.ask(cache, Self.key(), maker)
            var steps = 0
            while steps < 100 { steps += try #require(try await turn.next()).count }
            #expect(maker.given <= steps + 65)
            #expect(try await Self.read(turn).steps == 10_001 - steps)
        }
    }

    @Test func afterItsStopAnswersAreMadeForEachAlone() async throws {
        let cache = AnswerCache(store: MemoryAnswerStore(capacity: 1 << 20, lifetime: .seconds(60)))
        cache.stop()
        await cache.run()
        let maker = Maker()
        for _ in 0..<2 { #expect(try await Self.read(Self.ask(cache, Self.key(), maker)).steps == 4) }
        #expect(maker.begun == 2)
    }

    @Test func whoseAnswerIsCutShortByTheStopIsTold() async throws {
        let cache = AnswerCache(store: MemoryAnswerStore(capacity: 1 << 20, lifetime: .seconds(60)))
        let maker = Maker(isOpen: false)
        let turn = try await Self.ask(cache, Self.key(), maker)
        await withTaskGroup { group in
            group.addTask { await cache.run() }
            group.cancelAll()
        }
        await #expect(throws: (any Error).self) { try await turn.next() }
    }
}
