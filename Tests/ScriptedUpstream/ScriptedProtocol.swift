public import JSON

/// The protocols that a scripted provider speaks.
public enum ScriptedProtocol: String, CaseIterable, Sendable {
    case openAI, anthropic

    /// An event of a stream.
    public func event(_ value: JSONValue) -> String {
        switch self {
        case .openAI: "data: \(value)\n\n"
        case .anthropic: "event: \(value["type"]?.stringValue ?? "")\ndata: \(value)\n\n"
        }
    }

    /// An event that adds `text` to the message.
    public func piece(_ text: String) -> String {
        switch self {
        case .openAI: event(["choices": [["index": 0, "delta": ["content": .string(text)], "finish_reason": .null]]])
        case .anthropic:
            event(["type": "content_block_delta", "index": 0, "delta": ["type": "text_delta", "text": .string(text)]])
        }
    }

    /// The events before the first text.
    public var opening: String {
        switch self {
        case .openAI: event(["choices": [["index": 0, "delta": ["role": "assistant", "content": ""], "finish_reason": .null]]])
        case .anthropic:
            event([
                "type": "message_start",
                "message": [
                    "type": "message", "role": "assistant", "content": [], "stop_reason": .null,
                    "usage": ["input_tokens": .init(Self.promptTokens), "output_tokens": 1],
                ],
            ]) + event(["type": "content_block_start", "index": 0, "content_block": ["type": "text", "text": ""]])
        }
    }

    /// The events after the last text, with the usage given below.
    public var ending: String {
        let (prompt, completion) = (JSONValue(Self.promptTokens), JSONValue(Self.completionTokens))
        return switch self {
        case .openAI:
            event(["choices": [["index": 0, "delta": [:], "finish_reason": "stop"]]])
                + event(["choices": [], "usage": ["prompt_tokens": prompt, "completion_tokens": completion]]) + "data: [DONE]\n\n"
        case .anthropic:
            event(["type": "content_block_stop", "index": 0])
                + event(["type": "message_delta", "delta": ["stop_reason": "end_turn"], "usage": ["output_tokens": completion]])
                + event(["type": "message_stop"])
        }
    }

    public static let promptTokens = 50
    public static let completionTokens = 6

    /// A complete answer with these texts, as a stream.
    public func answer(_ texts: [String]) -> [ScriptedUpstream.Step] {
        .answer(200, Array((opening + texts.map(piece).joined() + ending).utf8), type: "text/event-stream")
    }

    /// The start of an answer that the provider may continue.
    public func opened(_ texts: [String]) -> [ScriptedUpstream.Step] {
        [.head(length: nil, type: "text/event-stream"), .text(opening + texts.map(piece).joined())]
    }

    /// An event that reports a failure.
    public var failure: String {
        switch self {
        case .openAI: event(["error": ["message": "scripted", "type": "server_error", "code": 500]])
        case .anthropic: event(["type": "error", "error": ["type": "api_error", "message": "scripted"]])
        }
    }
}
