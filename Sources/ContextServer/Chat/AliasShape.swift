import Completions
import JSON

/// The answer format of the `/api/mcp` routes: content, citations, usage, model.
struct AliasShape: AnswerShape {
    let model: String
    let requestID: String

    func opening() -> [ServerEvent] { [] }

    func text(_ text: String) -> ServerEvent { ServerEvent(["content": .string(text)], name: "token") }

    /// Returns `nil`: this format has no place for tool calls and other members.
    func other(_ members: JSONObject) -> ServerEvent? { nil }

    /// Returns the last event, which repeats the whole text.
    func end(_ message: ChatMessage, _ outcome: ChatTurn.Outcome) -> [ServerEvent] { [ServerEvent(whole(message, outcome), name: "done")] }

    func failure(_ problem: Problem) -> ServerEvent { ServerEvent(problem.document(requestID: requestID), name: "error") }

    func whole(_ message: ChatMessage, _ outcome: ChatTurn.Outcome) -> JSONValue {
        [
            "content": .string(message.text), "citations": outcome.citationsJSON ?? [],
            "usage": outcome.usage.json, "model": .string(model),
        ]
    }
}
