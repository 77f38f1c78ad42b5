import HTTPTypes
import Hummingbird

/// Responds to requests that `RequestGate` refused by their head, and sends `100 Continue`, if expected, when a body is first read.
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
