public import Citing
public import JSON

/// The built-in model. It generates no text: its answer consists of the most relevant sentences of the sources, each with its citation, or
/// states that the documents do not contain the answer. `ExtractiveParameters` says which parameters it obeys.
public struct ExtractiveModel: ChatProvider {
    /// The sentences that answer a question, in reading order.
    public struct Selection: Sendable {
        /// Sentences, numbered from 1; empty if none answers the question.
        public var sentences: [CitedSource]
        /// Number of tokens read to select the sentences, as the encoder counts.
        public var promptTokens: Int
        /// Number of tokens of the selected sentences.
        public var completionTokens: Int

        public init(sentences: [CitedSource], promptTokens: Int, completionTokens: Int) {
            (self.sentences, self.promptTokens, self.completionTokens) = (sentences, promptTokens, completionTokens)
        }
    }

    public static let name = "extractive"
    public static let refusal = "The documents do not say."
    /// Number of WordPiece tokens of `refusal`: five words and a full stop.
    private static let refusalTokens = 6

    public typealias Select = @Sendable (_ question: String, _ sources: [CitedSource], _ caller: ChatCaller) async throws -> Selection

    private let select: Select

    public init(select: @escaping Select) { self.select = select }

    public func check(_ parameters: JSONObject) throws(JSONFieldError) { _ = try ExtractiveParameters(parameters) }

    /// - Throws: `.noQuestion`; `.notChosen`, whose cause is the error of `select` or of `check`.
    public func answer(_ request: ChatRequest, for caller: ChatCaller) async throws(CompletionError) -> ChatAnswer {
        guard let question = request.question else {
            throw CompletionError(.noQuestion, "no user message contains text")
        }
        let parameters: ExtractiveParameters
        do throws(JSONFieldError) { parameters = try ExtractiveParameters(request.parameters) } catch {
            throw CompletionError(.notChosen, "a parameter is not supported", cause: error)
        }
        let selection: Selection
        do { selection = try await select(question, request.sources ?? [], caller) } catch {
            throw CompletionError(.notChosen, "sentence selection failed: \(type(of: error))", cause: error)
        }
        let answer = CutAnswer(
            Self.parts(selection), tokens: selection.sentences.isEmpty ? Self.refusalTokens : selection.completionTokens, parameters)
        let usage = TokenUsage(prompt: selection.promptTokens, completion: answer.tokens, isEstimated: answer.isEstimated)
        let events = EventList(
            answer.pieces.map { .delta(ChatDelta(text: $0)) } + [.end(ChatEnd(finishReason: answer.finishReason, usage: usage))])
        // All the work is done before the first event.
        return ChatAnswer(sources: selection.sentences, events: ChatEvents { events.next() }, usageSoFar: { usage })
    }

    private static func parts(_ selection: Selection) -> [CutAnswer.Part] {
        guard !selection.sentences.isEmpty else { return [CutAnswer.Part(text: refusal, marker: "")] }
        return selection.sentences.enumerated().map { place, sentence in
            CutAnswer.Part(text: (place == 0 ? "" : "\n\n") + words(sentence.text), marker: " [\(sentence.number)]")
        }
    }

    /// Returns the text on one line, without anything that would be read as a citation marker, such as the document's own `[3]`, and
    /// without backticks. The citation keeps the exact text.
    private static func words(_ text: String) -> String {
        var markers = CitationMarkers(known: [])
        let plain = markers.append(String(text.unicodeScalars.filter { $0 != "`" })) + markers.finish()
        return plain.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
