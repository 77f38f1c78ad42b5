import Answers
import Completions
import HTTPTypes
import Hummingbird
import JSON
import Tenancy

/// `POST /api/mcp/query` and `GET /api/mcp/stream`: take a question and return its answer with citations and usage. The answers are those
/// of `POST /v1/chat/completions`, in a plainer shape.
struct AliasRoutes: Sendable {
    let service: ChatService
    let limits: ServerConfiguration

    func add(to endpoints: Endpoints) {
        let responder = AnswerResponder(service: service)
        endpoints.tenant(.post, "/api/mcp/query", .query, needs: .read, isTimed: false) { request, context, caller in
            var call = try ChatCall(
                alias: try await request.jsonFields(upTo: limits.maximumRequestBytes, in: context), of: service, in: caller.scope)
            call.isCacheable = !request.headers.refusesStoredAnswers
            return try await responder.respond(to: call, for: caller, in: context) { model in
                AliasShape(model: model, requestID: context.requestID)
            }
        }
        endpoints.tenant(.get, "/api/mcp/stream", .queryStream, needs: .read, isTimed: false) { request, context, caller in
            var call = try ChatCall(
                query: request.queryValue("query", plusIsSpace: true) ?? "", model: request.queryValue("model", plusIsSpace: true),
                of: service, in: caller.scope)
            call.isStream = true
            call.isCacheable = !request.headers.refusesStoredAnswers
            return try await responder.respond(to: call, for: caller, in: context) { model in
                AliasShape(model: model, requestID: context.requestID)
            }
        }
    }
}
