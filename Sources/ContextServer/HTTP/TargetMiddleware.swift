import HTTPTypes
import Hummingbird

/// Refuses requests for another host (DNS rebinding, if the server listens on loopback) and paths that are not in canonical form, so that
/// every route has one path; `/mcp` alone has two. Answers `OPTIONS *`, which asks about the server as a whole.
struct TargetMiddleware: RouterMiddleware {
    let origins: OriginGuard

    @concurrent func handle(
        _ request: Request, context: ServerContext, next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        try origins.checkHost(request)
        if request.method == .options && request.head.path == "*" { return AllowedMethods.ofServer.response }
        guard CanonicalPath.isCanonical(request.head.path ?? "/") else { throw Problem.noSuchRoute }
        return try await next(request, context)
    }
}

package enum CanonicalPath {
    /// Returns whether a target's path has no empty segment and no dot segment. Escapes are not decoded: they belong to parameters.
    ///
    /// `/mcp/` is accepted too: MCP's clients and their users often end the URL of the endpoint with a slash.
    package static func isCanonical(_ target: String) -> Bool {
        let path = target.utf8.prefix { $0 != UInt8(ascii: "?") }
        guard path.first == UInt8(ascii: "/") else { return false }
        if path.count == 1 || path.elementsEqual("/mcp/".utf8) { return true }
        return path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { segment in
            !segment.isEmpty && !segment.elementsEqual(".".utf8) && !segment.elementsEqual("..".utf8)
        }
    }
}
