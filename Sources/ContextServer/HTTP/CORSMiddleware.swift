import HTTPTypes
import Hummingbird

/// Lets web pages of allowed origins read the responses of the paths that are covered, errors included.
///
/// - Source: Fetch (WHATWG), CORS protocol.
struct CORSMiddleware: RouterMiddleware {
    let origins: OriginGuard
    /// Whether other origins may read the responses of a path.
    let covers: @Sendable (_ path: String) -> Bool

    /// Response headers that clients of MCP read, in addition to those that every page may read.
    private static let exposed = "Mcp-Session-Id, MCP-Protocol-Version, Retry-After, WWW-Authenticate, Allow, X-Request-Id"

    @concurrent func handle(
        _ request: Request, context: ServerContext, next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard let origin = request.headers[.origin], covers(request.uri.path) else { return response }
        response.headers.append(HTTPField(name: .vary, value: "Origin"))
        if origins.allows(request) {
            response.headers[.accessControlAllowOrigin] = origin
            response.headers[.accessControlExposeHeaders] = Self.exposed
        }
        return response
    }
}
