import Completions
import Foundation
import JSON
import Tenancy

/// A completion in one of OpenAI's formats, whole or in chunks, with the additional field `citations`.
struct OpenAIShape: AnswerShape {
    enum Format: Sendable { case chat, text }

    private let format: Format
    /// Whether a stream ends with a usage chunk; the chunks before it then have `"usage": null`.
    private let includesUsage: Bool
    /// The members that all chunks of the answer have in common.
    private let head: JSONObject

    init(_ format: Format, model: String, includesUsage: Bool) {
        (self.format, self.includesUsage) = (format, includesUsage)
        var generator = SystemRandomNumberGenerator()
        let id = randomText(length: 24, using: &generator)
        head = [
            "id": .string(format == .chat ? "chatcmpl-\(id)" : "cmpl-\(id)"),
            "object": format == .chat ? "chat.completion.chunk" : "text_completion",
            // Seconds since 1970 UTC.
            "created": .init(Int(Date().timeIntervalSince1970)), "model": .string(model),
        ]
    }

    func opening() -> [ServerEvent] { format == .chat ? [chunk("delta", ["role": "assistant", "content": ""])] : [] }

    func text(_ text: String) -> ServerEvent {
        format == .chat ? chunk("delta", ["content": .string(text)]) : chunk("text", .string(text))
    }

    /// Returns `nil` for a text completion: it has no place for tool calls and other members.
    func other(_ members: JSONObject) -> ServerEvent? { format == .chat ? chunk("delta", .object(members)) : nil }

    func end(_ message: ChatMessage, _ outcome: ChatTurn.Outcome) -> [ServerEvent] {
        let last =
            switch format {
            case .chat: choice("delta", .object(outcome.annotating([:])), outcome)
            case .text: outcome.annotating(choice("text", "", outcome))
            }
        var events = [ServerEvent(.object(object(last, usage: pendingUsage, citations: outcome.citationsJSON)))]
        if includesUsage { events.append(ServerEvent(.object(object(nil, usage: outcome.usage.json)))) }
        return events + [ServerEvent(data: "[DONE]")]
    }

    /// Returns the error in OpenAI's format, which its clients recognize within a stream.
    func failure(_ problem: Problem) -> ServerEvent { ServerEvent(problem.openAIDocument) }

    func whole(_ message: ChatMessage, _ outcome: ChatTurn.Outcome) -> JSONValue {
        let choice =
            switch format {
            case .chat: choice("message", .object(outcome.annotating(message.json)), outcome)
            case .text: outcome.annotating(choice("text", .string(message.text), outcome))
            }
        var whole = object(choice, usage: outcome.usage.json, citations: outcome.citationsJSON)
        if format == .chat { whole["object"] = "chat.completion" }
        return .object(whole)
    }

    /// `usage` of the chunks before the usage chunk.
    private var pendingUsage: JSONValue? { includesUsage ? .null : nil }

    private func chunk(_ name: String, _ content: JSONValue) -> ServerEvent {
        ServerEvent(.object(object(choice(name, content, nil), usage: pendingUsage)))
    }

    /// - Parameter outcome: `nil` before the last chunk.
    private func choice(_ name: String, _ content: JSONValue, _ outcome: ChatTurn.Outcome?) -> JSONObject {
        ["index": 0, name: content, "logprobs": .null, "finish_reason": outcome.map { .string($0.finishReason) } ?? .null]
    }

    private func object(_ choice: JSONObject?, usage: JSONValue?, citations: JSONValue? = nil) -> JSONObject {
        var object = head
        object["choices"] = .array(choice.map { [.object($0)] } ?? [])
        object["usage"] = usage
        object["citations"] = citations
        return object
    }
}
