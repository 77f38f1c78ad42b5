public import Citing
public import JSON

/// An answer as it is given out: its text with the markers of its sources, and at the end what they cite. Streamed or not, it is read
/// step by step.
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

    public let model: String
    /// The model that answers, which is another where that one could not.
    public let backend: String
    /// As `ChatAnswer.usageSoFar`.
    public let usageSoFar: @Sendable () -> TokenUsage
    private let sources: [Int: CitedSource]
    private let cites: Bool
    private let verify: @Sendable ([CitedSource]) async throws -> [CitedSource]
    private var events: ChatEvents.AsyncIterator
    private var markers: CitationMarkers
    private var waiting: [Step] = []

    public init(
        _ answer: ChatAnswer, model: String, cites: Bool, verify: @escaping @Sendable ([CitedSource]) async throws -> [CitedSource]
    ) {
        self.model = model
        backend = answer.backend ?? model
        self.cites = cites
        self.verify = verify
        sources = Dictionary(answer.sources.map { ($0.number, $0) }) { first, _ in first }
        markers = CitationMarkers(known: Set(sources.keys))
        events = answer.events.makeAsyncIterator()
        usageSoFar = answer.usageSoFar
    }

    /// - Returns: `nil` after the last step.
    /// - Throws: `CompletionError`, and what the catalog throws.
    public mutating func next() async throws -> Step? {
        while waiting.isEmpty {
            guard let event = try await events.next() else { return nil }
            switch event {
            case .delta(let delta):
                add(cites ? markers.append(delta.text) : delta.text)
                if !delta.other.isEmpty { waiting.append(.other(delta.other)) }
            case .end(let end):
                add(markers.finish())
                waiting.append(.end(try await outcome(end)))
            }
        }
        return waiting.removeFirst()
    }

    private mutating func add(_ text: String) {
        if !text.isEmpty { waiting.append(.text(text)) }
    }

    private func outcome(_ end: ChatEnd) async throws -> Outcome {
        guard cites else { return Outcome(finishReason: end.finishReason, usage: end.usage, citations: nil, markers: []) }
        var seen: Set<Int> = []
        let cited = markers.occurrences.compactMap { seen.insert($0.number).inserted ? sources[$0.number] : nil }
        let citations = cited.isEmpty ? [] : try await verify(cited)
        let numbers = Set(citations.map(\.number))
        return Outcome(
            finishReason: end.finishReason, usage: end.usage, citations: citations,
            markers: markers.occurrences.filter { numbers.contains($0.number) })
    }
}
