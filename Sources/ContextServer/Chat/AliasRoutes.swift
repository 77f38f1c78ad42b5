import Completions
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Tenancy

/// `POST /api/mcp/query` and `GET /api/mcp/stream`: a question in, its answer with citations and usage out. The same answers as
/// `POST /v1/chat/completions` gives, in a plainer shape.
struct AliasRoutes: Sendable {
    let service: ChatService
    let limits: ServerConfiguration

    func add(to endpoints: Endpoints) {
        let responder = AnswerResponder(service: service)
        endpoints.tenant(.post, "/api/mcp/query", needs: .read) { request, context, caller in
            var call = try ChatCall(
                alias: try await request.jsonFields(upTo: limits.maximumRequestBytes, in: context), of: service, in: caller.scope)
            call.isCacheable = !request.headers.refusesStoredAnswers
            return try await responder.respond(to: call, for: caller, in: context) { model in
                AliasShape(model: model, requestID: context.requestID)
            }
        }
        endpoints.tenant(.get, "/api/mcp/stream", needs: .read) { request, context, caller in
            var call = try ChatCall(
                query: request.formValue("query") ?? "", model: request.formValue("model"), of: service, in: caller.scope)
            call.isStream = true
            call.isCacheable = !request.headers.refusesStoredAnswers
            return try await responder.respond(to: call, for: caller, in: context) { model in
                AliasShape(model: model, requestID: context.requestID)
            }
        }
    }
}

extension Request {
    /// A query parameter as forms write them: `+` is a space too.
    ///
    /// - Throws: `Problem` where its escapes are broken or give no UTF-8.
    func formValue(_ name: String) throws -> String? {
        for pair in uri.query?.split(separator: "&") ?? [] {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.first == name[...] else { continue }
            let text = parts.count > 1 ? parts[1].replacing("+", with: " ") : ""
            guard let value = text.removingPercentEncoding else {
                throw Problem.invalid("\(name) is not percent-encoded UTF-8", field: name)
            }
            return value
        }
        return nil
    }
}
