public import Citing
public import JSON

/// What a model is asked: a conversation, and the sources that its answer is to rest on.
public struct ChatRequest: Sendable {
    /// In OpenAI's shape, with whatever their content holds: text, images, tool calls and their results.
    public var messages: [JSONObject]
    /// `temperature`, `tools` and the like: handed to the provider as they are.
    public var parameters: JSONObject
    /// What was retrieved for this request, numbered from 1; `nil` where nothing was to be retrieved.
    public var sources: [CitedSource]?

    public init(messages: [JSONObject], parameters: JSONObject = [:], sources: [CitedSource]? = nil) {
        (self.messages, self.parameters, self.sources) = (messages, parameters, sources)
    }

    /// The text of the last message of the user; `nil` where there is none.
    public var question: String? {
        guard let message = messages.last(where: { $0["role"]?.stringValue == "user" }) else { return nil }
        let text = Self.text(of: message)
        return text.unicodeScalars.contains { !$0.properties.isWhitespace } ? text : nil
    }

    /// Tokens that the answer may have at most, as the caller says; `nil` where it does not.
    public var maximumCompletionTokens: Int? {
        (parameters["max_completion_tokens"]?.intValue ?? parameters["max_tokens"]?.intValue).map { max(0, $0) }
    }

    /// A message's text, of all its parts that are text.
    static func text(of message: JSONObject) -> String {
        switch message["content"] {
        case .string(let text): text
        case .array(let parts): parts.compactMap { $0["text"]?.stringValue }.joined(separator: "\n")
        default: ""
        }
    }

    /// UTF-8 bytes of all text, for estimates; an image counts as nothing.
    public var textBytes: Int { messages.reduce(0) { $0 + Self.text(of: $1).utf8.count } }
}
