internal import Citing
internal import JSON

/// Inserts the sources into a conversation: at the start of the user's last message, since some templates require user and assistant to
/// alternate. They never go into a system message: an author of a document must not control the model's behaviour.
enum ChatPrompt {
    /// - Returns: the messages with the sources; unchanged if nothing was retrieved or there is no user message.
    static func messages(of request: ChatRequest) -> [JSONObject] {
        guard let sources = request.sources,
            let place = request.messages.lastIndex(where: { $0["role"]?.stringValue == "user" })
        else { return request.messages }
        var messages = request.messages
        messages[place]["content"] = content(messages[place]["content"], SourcePrompt.sources(sources))
        return messages
    }

    /// Returns the prompt to continue, preceded by the sources if there are any.
    static func continued(_ prompt: String, _ sources: [CitedSource]?) -> String {
        sources.map { "\(SourcePrompt.sources($0))\n\n\(SourcePrompt.task)\n\n\(prompt)" } ?? prompt
    }

    private static func content(_ content: JSONValue?, _ sources: String) -> JSONValue {
        guard case .array(let parts) = content else {
            return .string("\(sources)\n\n\(SourcePrompt.task(content?.stringValue ?? ""))")
        }
        // Images and other parts stay after the text that introduces them.
        return .array([part("\(sources)\n\n\(SourcePrompt.task)\n\nQuestion:")] + parts)
    }

    private static func part(_ text: String) -> JSONValue { ["type": "text", "text": .string(text)] }
}
