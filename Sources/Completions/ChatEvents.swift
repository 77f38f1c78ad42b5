public import Citing
public import JSON

/// A step of an answer.
public enum ChatEvent: Hashable, Sendable {
    case delta(ChatDelta)
    /// The last event, and there once in every answer that does not fail.
    case end(ChatEnd)
}

/// What a step adds to the answer's message.
public struct ChatDelta: Hashable, Sendable {
    /// May be empty.
    public var text: String
    /// Other members of the message, as the provider sent them: `tool_calls`, `refusal`, `reasoning_content`.
    public var other: JSONObject

    public init(text: String = "", other: JSONObject = [:]) { (self.text, self.other) = (text, other) }
}

/// How an answer ended.
public struct ChatEnd: Hashable, Sendable {
    /// As OpenAI names it: `stop`, `length`, `tool_calls`, `content_filter`.
    public var finishReason: String
    public var usage: TokenUsage

    public init(finishReason: String, usage: TokenUsage) { (self.finishReason, self.usage) = (finishReason, usage) }
}

/// An answer on its way.
public struct ChatAnswer: Sendable {
    /// What the markers `[n]` in its text mean.
    public var sources: [CitedSource]
    public var events: ChatEvents
    /// The model that answers, by the name it is configured under; `nil` where it was asked without a registry.
    public var backend: String?
    /// What models that were asked before, in vain, had cost: not in the answer's own usage; `nil` where that is nothing.
    public var priorUsage: TokenUsage?
    /// What the answer has cost up to now, also after it failed or was dropped: the provider's numbers where it has given some, an
    /// estimate for the rest. Any task may ask, at any time; it keeps nothing of the answer alive.
    public var usageSoFar: @Sendable () -> TokenUsage

    public init(sources: [CitedSource], events: ChatEvents, usageSoFar: @escaping @Sendable () -> TokenUsage) {
        (self.sources, self.events, self.usageSoFar) = (sources, events, usageSoFar)
    }
}

/// The steps of an answer as they come: those that came together are given together, for each time that they are handed on costs as much
/// as all that is done with one of them. Read once, by one reader; dropping it, or cancelling the task that reads, ends the answer at its
/// source.
public struct ChatEvents: AsyncSequence, Sendable {
    public typealias Element = [ChatEvent]
    public typealias Failure = CompletionError

    private let step: @Sendable () async throws(CompletionError) -> [ChatEvent]?

    /// - Parameter step: the next events, never none; `nil` after the last.
    public init(_ step: @escaping @Sendable () async throws(CompletionError) -> [ChatEvent]?) { self.step = step }

    public func makeAsyncIterator() -> Iterator { Iterator(step: step) }

    public struct Iterator: AsyncIteratorProtocol, Sendable {
        fileprivate let step: @Sendable () async throws(CompletionError) -> [ChatEvent]?

        public func next() async throws(CompletionError) -> [ChatEvent]? { try await step() }

        public func next(isolation actor: isolated (any Actor)?) async throws(CompletionError) -> [ChatEvent]? { try await step() }
    }
}
