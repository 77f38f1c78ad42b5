import Completions
import Synchronization
import Upstream

/// An in-process provider that follows a script: a step for its first request, its second, and so on.
final class ScriptedProvider: ChatProvider {
    enum Step: Sendable {
        /// Fails before it has sent anything.
        case refuse(CompletionError)
        /// Sends these texts, then ends, or fails if an error is given.
        case say([String], failing: CompletionError? = nil)
        /// Sends a word, then nothing until the reader is cancelled.
        case stall
        /// Sends nothing until it is cancelled.
        case silence
    }

    private let script: @Sendable (Int) -> Step
    private let count = Mutex(0)
    private let open = Mutex((now: 0, most: 0))

    init(_ script: @escaping @Sendable (Int) -> Step) { self.script = script }

    var asked: Int { count.withLock { $0 } }
    /// Maximum number of answers that were read concurrently.
    var mostAtOnce: Int { open.withLock { $0.most } }

    func answer(_ request: ChatRequest, for caller: ChatCaller) async throws(CompletionError) -> ChatAnswer {
        let step = script(
            count.withLock { count in
                defer { count += 1 }
                return count
            })
        let presence = Presence(self)
        await Task.yield()
        switch step {
        case .refuse(let error):
            presence.end()
            throw error
        case .silence: return answer([], presence) { () async throws(CompletionError) in try await Self.never(presence) }
        case .stall: return answer(["word"], presence) { () async throws(CompletionError) in try await Self.never(presence) }
        case .say(let words, let failing):
            let end = ChatEvent.end(ChatEnd(finishReason: "stop", usage: TokenUsage(prompt: 1, completion: words.count)))
            let isOver = Mutex(false)
            return answer(words, presence) { () async throws(CompletionError) in
                let wasOver = isOver.withLock { isOver in
                    defer { isOver = true }
                    return isOver
                }
                guard !wasOver else { return nil }
                presence.end()
                if let failing { throw failing }
                return [end]
            }
        }
    }

    private func answer(
        _ words: [String], _ presence: Presence, _ last: @escaping @Sendable () async throws(CompletionError) -> [ChatEvent]?
    ) -> ChatAnswer {
        let rest = Mutex(words[...])
        let events = ChatEvents { () async throws(CompletionError) in
            await Task.yield()
            if let word = rest.withLock({ $0.popFirst() }) { return [.delta(ChatDelta(text: word))] }
            defer { withExtendedLifetime(presence) {} }
            return try await last()
        }
        return ChatAnswer(sources: [], events: events) { TokenUsage(prompt: 1, completion: 0) }
    }

    private static func never(_ presence: Presence) async throws(CompletionError) -> [ChatEvent]? {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        for await _ in stream {}
        withExtendedLifetime(continuation) {}
        presence.end()
        throw CompletionError(.cancelled, "the caller's task was cancelled")
    }

    /// An answer that is being read.
    private final class Presence: Sendable {
        private let provider: ScriptedProvider
        private let hasEnded = Mutex(false)

        init(_ provider: ScriptedProvider) {
            self.provider = provider
            provider.open.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
        }

        deinit { end() }

        func end() {
            let isFirst = hasEnded.withLock { hasEnded in
                defer { hasEnded = true }
                return !hasEnded
            }
            if isFirst { provider.open.withLock { $0.now -= 1 } }
        }
    }
}

/// A clock that the test advances; waiting takes no time and is recorded.
final class ManualTime: Sendable {
    private let state = Mutex((now: Duration.zero, waits: [Duration]()))

    var waits: [Duration] { state.withLock { $0.waits } }

    func pass(_ time: Duration) { state.withLock { $0.now += time } }

    func backend(
        _ name: String, _ provider: any ChatProvider, _ limits: BackendLimits? = BackendLimits(), needsSources: Bool = false,
        contextTokens: Int? = nil
    ) -> ChatBackend {
        let pacing = UpstreamPacing(
            now: { 0 },
            sleep: { wait in
                try Task.checkCancellation()
                self.state.withLock { $0.waits.append(wait) }
            }, random: { $0.upperBound })
        return ChatBackend(
            name: name, provider: provider, needsSources: needsSources, contextTokens: contextTokens, limits: limits, pacing: pacing,
            clock: { self.state.withLock { $0.now } })
    }
}

extension ChatCaller {
    static func test(_ name: String) -> ChatCaller { ChatCaller(name, incarnation: "1") }
}
