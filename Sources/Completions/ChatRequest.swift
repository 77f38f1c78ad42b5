public import Citing
public import JSON

/// A request to a model: a conversation, and the sources that the answer should rest on.
public struct ChatRequest: Sendable {
    /// Messages in OpenAI's form, with any content: text, images, tool calls and their results.
    public var messages: [JSONObject]
    /// Parameters such as `temperature` and `tools`, passed to the provider.
    public var parameters: JSONObject
    /// Sources retrieved for this request, numbered from 1; `nil` if retrieval was not requested.
    public var sources: [CitedSource]?
    /// Prompt to continue, if the request was a text completion: for providers that support it. For the others `messages` holds it as a
    /// user message.
    public var prompt: String?
    /// The question, if the last user message contains more than that.
    public var asked: String?

    public init(messages: [JSONObject], parameters: JSONObject = [:], sources: [CitedSource]? = nil) {
        (self.messages, self.parameters, self.sources) = (messages, parameters, sources)
    }

    /// The question: `asked`, or else the text of the last user message; `nil` if it is missing or blank.
    public var question: String? {
        guard let text = asked ?? messages.last(where: { $0["role"]?.stringValue == "user" }).map(Self.text) else { return nil }
        return text.unicodeScalars.contains { !$0.properties.isWhitespace } ? text : nil
    }

    /// Maximum number of tokens of the answer, as set by the caller; `nil` if not set.
    public var maximumCompletionTokens: Int? {
        (parameters["max_completion_tokens"]?.intValue ?? parameters["max_tokens"]?.intValue).map { max(0, $0) }
    }

    /// Returns the text of a message's text parts.
    static func text(of message: JSONObject) -> String {
        switch message["content"] {
        case .string(let text): text
        case .array(let parts): parts.compactMap { $0["text"]?.stringValue }.joined(separator: "\n")
        default: ""
        }
    }

    /// Size of all message text in UTF-8 bytes, for estimates; images count as 0.
    public var textBytes: Int { messages.reduce(0) { $0 + Self.text(of: $1).utf8.count } }
}
