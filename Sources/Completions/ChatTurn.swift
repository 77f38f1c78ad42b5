public import Citing
public import JSON

/// An answer as it is given out: its text with the markers of its sources, and at the end what they cite. Streamed or not, it is read
/// once, by one reader, who gets at a time all steps that are there; dropping it, or cancelling the task that reads, ends what is done for this reader.
public struct ChatTurn: Sendable {
    public enum Step: Sendable {
        /// Never empty.
        case text(String)
        /// Other members of the message, as the provider sent them.
        case other(JSONObject)
        /// The last.
        case end(Outcome)
    }

    /// How an answer ended.
    public struct Outcome: Sendable {
        public let finishReason: String
        public let usage: TokenUsage
        /// What the markers of the text cite, each number once, in the order of their first marker: only what stands in the stored
        /// documents word for word now. `nil` where nothing was to be cited.
        public let citations: [CitedSource]?
        /// The markers of those.
        public let markers: [CitationMarkers.Occurrence]
    }

    /// Where an answer comes from.
    public enum Origin: String, Sendable {
        /// Made for this reader.
        case model
        /// Made for another reader who asked the same at the same time.
        case shared
        /// Made before.
        case cache
    }

    public let model: String
    public let origin: Origin
    /// The model that answers, which is another where that one could not; known from the first step on.
    public var backend: String { answering() ?? model }
    private let answering: @Sendable () -> String?
    private let steps: @Sendable () async throws -> [Step]?

    /// - Parameters:
    ///   - backend: the model that answers; `nil` as long as it is not known, or where it is `model`.
    ///   - steps: the next steps, never none; `nil` after the last.
    public init(
        model: String, origin: Origin, backend: @escaping @Sendable () -> String? = { nil },
        steps: @escaping @Sendable () async throws -> [Step]?
    ) {
        (self.model, self.origin, self.steps) = (model, origin, steps)
        answering = backend
    }

    /// A model's answer.
    ///
    /// - Parameter verify: the sources whose words still stand where they say.
    public init(
        _ answer: ChatAnswer, model: String, cites: Bool, verify: @escaping @Sendable ([CitedSource]) async throws -> [CitedSource]
    ) {
        let steps = ChatSteps(answer, cites: cites, verify: verify)
        self.init(model: model, origin: .model, backend: { [backend = answer.backend] in backend }) { try await steps.next() }
    }

    /// - Returns: never none; `nil` after the last step.
    /// - Throws: `CompletionError`, and what the catalog throws.
    public func next() async throws -> [Step]? { try await steps() }
}
