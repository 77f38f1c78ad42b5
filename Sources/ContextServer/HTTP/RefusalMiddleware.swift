import HTTPTypes
import Hummingbird

/// Answers requests that their connection refused by their head (see `RequestGate`), and tells clients that wait for it that a body is wanted.
struct RefusalMiddleware: RouterMiddleware {
    @concurrent func handle(
        _ request: Request, context: ServerContext, next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        if let reason = request.headers[.refusal] {
            throw (RequestRefusal(rawValue: reason) ?? .malformed).problem
        }
        guard request.headers[.expect] != nil else { return try await next(request, context) }
        var request = request
        request.body = RequestBody(asyncSequence: WantedBody(base: request.body, channel: context.channel))
        return try await next(request, context)
    }
}

extension HTTPField.Name {
    fileprivate static let refusal = HTTPField.Name(RequestRefusal.mark)!
}
