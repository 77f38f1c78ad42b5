internal import JSON

/// A conversation translated from OpenAI's form into Anthropic's: the system text apart, then alternating turns of user and assistant. Tool
/// calls are blocks of the assistant's turns; their results come first in the user's turns.
struct AnthropicConversation {
    private enum Role: String { case user, assistant }

    private struct Turn {
        let role: Role
        var results: [JSONValue] = []
        var blocks: [JSONValue] = []
        var all: [JSONValue] { results + blocks }
    }

    private(set) var system: [JSONValue] = []
    /// Size of the text to send in UTF-8 bytes, for estimates.
    private(set) var textBytes = 0
    private var turns: [Turn] = []

    /// - Throws: `.providerRejected` for content without an equivalent in the protocol, `.noQuestion` if there are only system messages.
    init(_ request: ChatRequest) throws(CompletionError) {
        let last = request.sources == nil ? nil : request.messages.lastIndex { $0["role"]?.stringValue == "user" }
        for (place, message) in request.messages.enumerated() {
            let sources = place == last ? AnthropicSources(sources: request.sources ?? []) : nil
            try add(message, sources: sources, AnthropicContent(message: place))
        }
        endAssistantsLastWord()
        guard !turns.isEmpty else { throw CompletionError(.noQuestion, "no message except system messages has content") }
        textBytes = TextBytes.count(.array(system)) + turns.reduce(0) { $0 + TextBytes.count(.array($1.all)) }
    }

    var messages: [JSONValue] {
        turns.map { ["role": .string($0.role.rawValue), "content": .array($0.all)] }
    }

    private mutating func add(_ message: JSONObject, sources: AnthropicSources?, _ content: AnthropicContent) throws(CompletionError) {
        let value = message["content"] ?? .null
        switch message["role"]?.stringValue {
        case "system", "developer": system += try content.texts(value)
        case "user":
            let blocks = try content.blocks(value)
            self[.user].blocks += sources?.blocks(around: blocks, isPlain: value.stringValue != nil) ?? blocks
        case "assistant":
            var blocks = try content.texts(value)
            if blocks.isEmpty, let refusal = message["refusal"]?.stringValue { blocks = AnthropicContent.text(refusal) }
            self[.assistant].blocks += blocks + (try content.calls(message))
        case "tool": self[.user].results.append(try content.result(message))
        default: throw content.error("this model does not support messages of this role; use \"tool\" for tool results")
        }
    }

    /// Gets or sets the last turn if it has that role, or else a new turn. A turn without blocks is not added.
    private subscript(role: Role) -> Turn {
        get { turns.last.flatMap { $0.role == role ? $0 : nil } ?? Turn(role: role) }
        set {
            guard !newValue.all.isEmpty else { return }
            if turns.last?.role == role { turns[turns.count - 1] = newValue } else { turns.append(newValue) }
        }
    }

    /// Trims trailing white space from a final assistant turn: the protocol rejects it in text that the model is to continue.
    private mutating func endAssistantsLastWord() {
        guard let turn = turns.last, turn.role == .assistant, let text = turn.blocks.last?["text"]?.stringValue else { return }
        let trimmed = String(text.reversed().drop(while: \.isWhitespace).reversed())
        turns[turns.count - 1].blocks = turn.blocks.dropLast() + AnthropicContent.text(trimmed)
        if turns[turns.count - 1].all.isEmpty { turns.removeLast() }
    }
}
