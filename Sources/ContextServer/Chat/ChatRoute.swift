import Answers
import Completions
import HTTPTypes
import Hummingbird
import JSON
import Tenancy

/// `POST /v1/chat/completions`, in OpenAI's format, with `retrieval` and `citations` added.
struct ChatRoute: Sendable {
    let service: ChatService
    let limits: ServerConfiguration

    static let paths: Set<String> = ["/v1/chat/completions"]

    func add(to endpoints: Endpoints) {
        let responder = AnswerResponder(service: service)
        endpoints.tenant(.post, "/v1/chat/completions", .chat, needs: .read, isTimed: false) { request, context, caller in
            let fields = try await request.jsonFields(upTo: limits.maximumRequestBytes, in: context)
            var call = try ChatCall(
                fields, retrievesByDefault: { service.retrievesByDefault($0, in: caller.scope) },
                defaults: service.retrievalDefaults(in: caller.scope).retrieval)
            call.isCacheable = !request.headers.refusesStoredAnswers
            return try await responder.respond(to: call, for: caller, in: context) { [call] model in
                ChatShape(json: ChatJSON(model: model), includesUsage: call.includesUsage)
            }
        }
    }
}

/// A chat completion, whole or in chunks.
struct ChatShape: AnswerShape {
    let json: ChatJSON
    /// Whether a stream ends with a usage chunk.
    let includesUsage: Bool

    func opening() -> [ServerEvent] { [chunk(["role": "assistant", "content": ""])] }

    func text(_ text: String) -> ServerEvent { chunk(["content": .string(text)]) }

    func other(_ members: JSONObject) -> ServerEvent? { chunk(members) }

    func end(_ message: ChatMessage, _ outcome: ChatTurn.Outcome) -> [ServerEvent] {
        [ServerEvent(json.last(outcome, marksUsage: includesUsage))] + (includesUsage ? [ServerEvent(json.usage(outcome.usage))] : [])
            + [.done]
    }

    /// Returns the error in OpenAI's format, which its clients recognize within a stream.
    func failure(_ problem: Problem) -> ServerEvent { ServerEvent(problem.openAIDocument) }

    func whole(_ message: ChatMessage, _ outcome: ChatTurn.Outcome) -> JSONValue { json.completion(message.json, outcome) }

    private func chunk(_ delta: JSONObject) -> ServerEvent { ServerEvent(json.chunk(delta, marksUsage: includesUsage)) }
}

extension ServerEvent {
    /// The last event of OpenAI's streams.
    static let done = ServerEvent(data: "[DONE]")
}
