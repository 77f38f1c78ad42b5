import Answers
import HTTPTypes
import Hummingbird
import Tenancy

/// The routes that answer: `POST /v1/chat/completions`, with `retrieval` and `citations` added to OpenAI's format, `POST /v1/completions`,
/// which continues a prompt, or answers it if the model supports chat only, and `POST /api/mcp/query` and `GET /api/mcp/stream`, which take
/// a question and return its answer with citations and usage in a plainer shape.
struct AnswerRoutes: Sendable {
    let service: ChatService
    /// Maximum size of a request, in bytes.
    let maximumBytes: Int

    private typealias Shape = @Sendable (_ call: ChatCall, _ model: String, _ requestID: String) -> any AnswerShape

    func add(to endpoints: Endpoints) {
        add(.post, "/v1/chat/completions", .createChatCompletion(maximumBytes: maximumBytes), to: endpoints) { request, context, defaults in
            try ChatCall(chat: try await request.jsonFields(upTo: maximumBytes, in: context), defaults)
        } shape: { call, model, _ in
            OpenAIShape(.chat, model: model, includesUsage: call.includesUsage)
        }
        add(.post, "/v1/completions", .createCompletion(maximumBytes: maximumBytes), to: endpoints) { request, context, defaults in
            try ChatCall(textCompletion: try await request.jsonFields(upTo: maximumBytes, in: context), defaults)
        } shape: { call, model, _ in
            OpenAIShape(.text, model: model, includesUsage: call.includesUsage)
        }
        add(.post, "/api/mcp/query", .answerQuestion(maximumBytes: maximumBytes), to: endpoints) { request, context, defaults in
            try ChatCall(alias: try await request.jsonFields(upTo: maximumBytes, in: context), defaults)
        } shape: { _, model, requestID in
            AliasShape(model: model, requestID: requestID)
        }
        add(.get, "/api/mcp/stream", .streamAnswer, to: endpoints) { request, _, defaults in
            let query = try request.queryValue("query", plusIsSpace: true) ?? ""
            var call = try ChatCall(query: query, model: request.queryValue("model", plusIsSpace: true), defaults)
            call.isStream = true
            return call
        } shape: { _, model, requestID in
            AliasShape(model: model, requestID: requestID)
        }
    }

    private func add(
        _ method: HTTPRequest.Method, _ path: String, _ operation: APIOperation, to endpoints: Endpoints,
        call: @escaping @Sendable (Request, ServerContext, CallDefaults) async throws -> ChatCall, shape: @escaping Shape
    ) {
        endpoints.tenant(method, path, operation, needs: .read, isTimed: false) { request, context, caller in
            var call = try await call(request, context, service.defaults(in: caller.scope))
            call.isCacheable = !request.headers.refusesStoredAnswers
            if request.method == .head { return try head(call, caller) }
            let responder = AnswerResponder(service: service, call: call, caller: caller, context: context) { [call] model in
                shape(call, model, context.requestID)
            }
            return try await responder.respond()
        }
    }
}

extension AnswerRoutes {
    /// Returns the response to `HEAD`, for which no model is asked.
    private func head(_ call: ChatCall, _ caller: Caller) throws -> Response {
        try service.check(call, for: caller)
        return .events { writer in try await writer.finish(nil) }
    }
}

extension HTTPFields {
    /// Whether `Cache-Control` contains `no-store` or `no-cache` (RFC 9111, section 5.2.1).
    fileprivate var refusesStoredAnswers: Bool {
        self[values: .cacheControl].contains { value in
            value.lowercased().split { $0 == "," || $0 == " " || $0 == "\t" }.contains { $0 == "no-store" || $0 == "no-cache" }
        }
    }
}
