public import Citing
public import JSON

/// A step of an answer.
public enum ChatEvent: Hashable, Sendable {
    case delta(ChatDelta)
    /// The last event; it occurs exactly once in every answer that does not fail.
    case end(ChatEnd)
}

/// The content that a step adds to the answer's message.
public struct ChatDelta: Hashable, Sendable {
    /// Added text; may be empty.
    public var text: String
    /// Other members of the message, as the provider sent them: `tool_calls`, `refusal`, `reasoning_content`.
    public var other: JSONObject

    public init(text: String = "", other: JSONObject = [:]) { (self.text, self.other) = (text, other) }
}

/// The end of an answer.
public struct ChatEnd: Hashable, Sendable {
    /// Finish reason in OpenAI's terms: `stop`, `length`, `tool_calls`, `content_filter`.
    public var finishReason: String
    public var usage: TokenUsage

    public init(finishReason: String, usage: TokenUsage) { (self.finishReason, self.usage) = (finishReason, usage) }
}

/// An answer in progress.
public struct ChatAnswer: Sendable {
    /// Sources that the markers `[n]` in the text refer to.
    public var sources: [CitedSource]
    public var events: ChatEvents
    /// Configured name of the model that answers; `nil` if the provider was called without a registry.
    public var backend: String?
    /// Usage of the models that were tried before and failed; not part of the answer's own usage; `nil` if there was none.
    public var priorUsage: TokenUsage?
    /// Returns the answer's usage so far, also after it failed or was dropped: the provider's numbers if reported, an estimate for the
    /// rest. Any task may call it at any time; it keeps nothing of the answer alive.
    public var usageSoFar: @Sendable () -> TokenUsage

    public init(sources: [CitedSource], events: ChatEvents, usageSoFar: @escaping @Sendable () -> TokenUsage) {
        (self.sources, self.events, self.usageSoFar) = (sources, events, usageSoFar)
    }
}

/// The events of an answer in progress. Events that arrive together are returned together, since handing them on costs as much as
/// processing one. It supports one reader; dropping it, or cancelling the reading task, ends the answer at its source.
public struct ChatEvents: Sendable {
    private let step: @Sendable () async throws(CompletionError) -> [ChatEvent]?

    /// - Parameter step: returns the next events, never an empty array; `nil` after the last.
    public init(_ step: @escaping @Sendable () async throws(CompletionError) -> [ChatEvent]?) { self.step = step }

    /// Returns the next events, never an empty array; `nil` after the last.
    public func next() async throws(CompletionError) -> [ChatEvent]? { try await step() }
}
