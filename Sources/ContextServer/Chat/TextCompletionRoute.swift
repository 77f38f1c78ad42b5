import Answers
import Completions
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Tenancy

/// `POST /v1/completions`, in OpenAI's legacy format: continues a prompt, or answers it if the model supports chat only.
struct TextCompletionRoute: Sendable {
    let service: ChatService
    let limits: ServerConfiguration

    static let paths: Set<String> = ["/v1/completions"]

    func add(to endpoints: Endpoints) {
        let responder = AnswerResponder(service: service)
        endpoints.tenant(.post, "/v1/completions", .textCompletion, needs: .read, isTimed: false) { request, context, caller in
            let fields = try await request.jsonFields(upTo: limits.maximumRequestBytes, in: context)
            var call = try ChatCall(
                textCompletion: fields, retrievesByDefault: { service.retrievesByDefault($0, in: caller.scope) },
                defaults: service.retrievalDefaults(in: caller.scope).retrieval)
            call.isCacheable = !request.headers.refusesStoredAnswers
            return try await responder.respond(to: call, for: caller, in: context) { [call] model in
                TextCompletionShape(model: model, includesUsage: call.includesUsage)
            }
        }
    }
}

/// A text completion, whole or in chunks, with the additional field `citations`.
struct TextCompletionShape: AnswerShape {
    private let head: JSONObject
    private let includesUsage: Bool

    init(model: String, includesUsage: Bool) {
        var generator = SystemRandomNumberGenerator()
        head = [
            "id": .string("cmpl-" + randomText(length: 24, using: &generator)), "object": "text_completion",
            "created": .init(Int(Date().timeIntervalSince1970)), "model": .string(model),
        ]
        self.includesUsage = includesUsage
    }

    func opening() -> [ServerEvent] { [] }

    func text(_ text: String) -> ServerEvent { ServerEvent(.object(chunk(choice(text, nil)))) }

    /// Returns `nil`: a text completion has no place for tool calls and other members.
    func other(_ members: JSONObject) -> ServerEvent? { nil }

    func end(_ message: ChatMessage, _ outcome: ChatTurn.Outcome) -> [ServerEvent] {
        var last = chunk(choice("", outcome))
        last["citations"] = outcome.citationsJSON
        var events = [ServerEvent(.object(last))]
        if includesUsage {
            var object = head
            object["choices"] = []
            object["usage"] = outcome.usage.json
            events.append(ServerEvent(.object(object)))
        }
        return events + [.done]
    }

    func failure(_ problem: Problem) -> ServerEvent { ServerEvent(problem.openAIDocument) }

    func whole(_ message: ChatMessage, _ outcome: ChatTurn.Outcome) -> JSONValue {
        var object = head
        object["choices"] = [.object(choice(message.json["content"]?.stringValue ?? "", outcome))]
        object["usage"] = outcome.usage.json
        object["citations"] = outcome.citationsJSON
        return .object(object)
    }

    private func chunk(_ choice: JSONObject) -> JSONObject {
        var object = head
        object["choices"] = [.object(choice)]
        if includesUsage { object["usage"] = .null }
        return object
    }

    /// - Parameter outcome: `nil` before the last chunk.
    private func choice(_ text: String, _ outcome: ChatTurn.Outcome?) -> JSONObject {
        var choice: JSONObject = [
            "index": 0, "text": .string(text), "logprobs": .null,
            "finish_reason": outcome.map { .string($0.finishReason) } ?? .null,
        ]
        if let outcome, !outcome.markers.isEmpty { choice["annotations"] = .array(outcome.annotations) }
        return choice
    }
}
