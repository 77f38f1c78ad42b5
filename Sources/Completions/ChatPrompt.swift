internal import Citing
internal import JSON

/// Puts the sources into a conversation: before the user's last message, in that same message, for models whose templates want user
/// and assistant to take turns. Never into a system message: whoever wrote a document has no say in how the model behaves.
enum ChatPrompt {
    /// - Returns: the messages as they are where nothing was retrieved or nobody asks.
    static func messages(of request: ChatRequest) -> [JSONObject] {
        guard let sources = request.sources,
            let place = request.messages.lastIndex(where: { $0["role"]?.stringValue == "user" })
        else { return request.messages }
        var messages = request.messages
        messages[place]["content"] = content(messages[place]["content"], SourcePrompt.sources(sources))
        return messages
    }

    /// The text to be continued, behind the sources.
    static func continued(_ prompt: String, _ sources: [CitedSource]?) -> String {
        sources.map { "\(SourcePrompt.sources($0))\n\n\(SourcePrompt.task)\n\n\(prompt)" } ?? prompt
    }

    private static func content(_ content: JSONValue?, _ sources: String) -> JSONValue {
        guard case .array(let parts) = content else {
            return .string("\(sources)\n\n\(SourcePrompt.task(content?.stringValue ?? ""))")
        }
        // Images and the like keep their place after the words that introduce them.
        return .array([part("\(sources)\n\n\(SourcePrompt.task)\n\nQuestion:")] + parts)
    }

    private static func part(_ text: String) -> JSONValue { ["type": "text", "text": .string(text)] }
}
