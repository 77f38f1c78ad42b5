public import Citing

/// The built-in model. It generates nothing: its answer is the most relevant sentences of the sources, each with its citation, or
/// that the documents do not say.
public struct ExtractiveModel: ChatProvider {
    /// Sentences that answer, in the order in which they are to be read.
    public struct Selection: Sendable {
        /// Numbered from 1; none where nothing answers.
        public var sentences: [CitedSource]
        /// Tokens that were read to choose them, as the encoder counts.
        public var promptTokens: Int
        /// Tokens of the sentences.
        public var completionTokens: Int

        public init(sentences: [CitedSource], promptTokens: Int, completionTokens: Int) {
            (self.sentences, self.promptTokens, self.completionTokens) = (sentences, promptTokens, completionTokens)
        }
    }

    public static let name = "extractive"
    public static let refusal = "The documents do not say."
    /// As WordPiece counts: five words and a full stop.
    private static let refusalTokens = 6

    private let select: @Sendable (_ question: String, _ sources: [CitedSource], _ caller: ChatCaller) async throws -> Selection

    public init(select: @escaping @Sendable (_ question: String, _ sources: [CitedSource], _ caller: ChatCaller) async throws -> Selection)
    {
        self.select = select
    }

    /// - Throws: `.noQuestion`; `.notChosen` with what `select` threw as its cause.
    public func answer(_ request: ChatRequest, for caller: ChatCaller) async throws(CompletionError) -> ChatAnswer {
        guard let question = request.question else {
            throw CompletionError(.noQuestion, "there is no message of the user with text")
        }
        let selection: Selection
        do { selection = try await select(question, request.sources ?? [], caller) } catch {
            throw CompletionError(.notChosen, "the sentences could not be chosen: \(type(of: error))", cause: error)
        }
        let usage = TokenUsage(
            prompt: selection.promptTokens, completion: selection.sentences.isEmpty ? Self.refusalTokens : selection.completionTokens)
        let events = EventList(Self.events(selection, usage))
        // All the work is done before the first event.
        return ChatAnswer(sources: selection.sentences, events: ChatEvents { events.next() }, usageSoFar: { usage })
    }

    private static func events(_ selection: Selection, _ usage: TokenUsage) -> [ChatEvent] {
        let isRefused = selection.sentences.isEmpty
        var events = selection.sentences.enumerated().map { place, sentence in
            ChatEvent.delta(ChatDelta(text: (place == 0 ? "" : "\n\n") + words(sentence.text) + " [\(sentence.number)]"))
        }
        if isRefused { events.append(.delta(ChatDelta(text: refusal))) }
        return events + [.end(ChatEnd(finishReason: "stop", usage: usage))]
    }

    /// On one line, and without what would be read as a marker of ours: the document's own `[3]`, or backticks around it. The
    /// citation has the words as they stand.
    private static func words(_ text: String) -> String {
        var markers = CitationMarkers(known: [])
        let plain = markers.append(String(text.unicodeScalars.filter { $0 != "`" })) + markers.finish()
        return plain.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
