public import Citing
public import JSON

/// An answer as returned to the client: text with source markers, and the citations at the end. Streamed or not, one reader reads it once
/// and gets all available steps at a time; dropping it, or cancelling the reading task, ends the work for this reader.
public struct ChatTurn: Sendable {
    public enum Step: Sendable {
        /// A piece of text; never empty.
        case text(String)
        /// Other message members, as the provider sent them.
        case other(JSONObject)
        /// The last step.
        case end(Outcome)
    }

    /// The end of an answer, with its usage and citations.
    public struct Outcome: Sendable {
        public let finishReason: String
        public let usage: TokenUsage
        /// Sources that the text's markers cite, each once, in the order of their first marker: only those whose text still matches the
        /// stored documents. `nil` if citations were not requested.
        public let citations: [CitedSource]?
        /// Markers of these citations.
        public let markers: [CitationMarkers.Occurrence]
    }

    /// The origin of an answer.
    public enum Origin: String, Sendable {
        /// Produced for this reader.
        case model
        /// Coalesced with an identical request in progress.
        case shared
        /// Response cache hit.
        case cache
    }

    public let model: String
    public let origin: Origin
    /// Name of the model that answers; a fallback if `model` could not answer. Known from the first step on.
    public var backend: String { answering() ?? model }
    private let answering: @Sendable () -> String?
    private let steps: @Sendable () async throws -> [Step]?

    /// - Parameters:
    ///   - backend: returns the model that answers; `nil` while it is unknown, or if it is `model`.
    ///   - steps: returns the next steps, never an empty array; `nil` after the last.
    public init(
        model: String, origin: Origin, backend: @escaping @Sendable () -> String? = { nil },
        steps: @escaping @Sendable () async throws -> [Step]?
    ) {
        (self.model, self.origin, self.steps) = (model, origin, steps)
        answering = backend
    }

    /// Creates a turn from a model's answer.
    ///
    /// - Parameter verify: returns the sources whose text still matches the stored documents.
    public init(
        _ answer: ChatAnswer, model: String, cites: Bool, verify: @escaping @Sendable ([CitedSource]) async throws -> [CitedSource]
    ) {
        let steps = ChatSteps(answer, cites: cites, verify: verify)
        self.init(model: model, origin: .model, backend: { [backend = answer.backend] in backend }) { try await steps.next() }
    }

    /// Returns the next steps, never an empty array; `nil` after the last step.
    /// - Throws: `CompletionError`, or the catalog's error.
    public func next() async throws -> [Step]? { try await steps() }

    /// Reads the answer to its end.
    ///
    /// - Parameters:
    ///   - first: steps that were already read.
    ///   - text: called with each piece of text.
    /// - Throws: what `next` and `text` throw; `.providerInterrupted` if the answer ends without its last step.
    public func whole(
        after first: [Step] = [], _ text: (String) async throws -> Void
    ) async throws -> (message: ChatMessage, outcome: Outcome) {
        var message = ChatMessage()
        var steps = Optional(first)
        while let current = steps {
            for step in current {
                switch step {
                case .text(let piece):
                    message.add(piece)
                    try await text(piece)
                case .other(let members): message.add(members)
                case .end(let outcome): return (message, outcome)
                }
            }
            steps = try await next()
        }
        throw CompletionError(.providerInterrupted, "the answer ended without its final event")
    }
}
