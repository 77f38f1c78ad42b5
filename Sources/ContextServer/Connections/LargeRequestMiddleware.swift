import HTTPTypes
import Hummingbird

/// Takes requests whose bodies may be large off their connection's event loop: reading and parsing them takes long enough to hold up the
/// other connections of that loop.
struct LargeRequestMiddleware: RouterMiddleware {
    /// Bytes of a body that are parsed in less time than a change of threads is worth minding.
    private static let smallBody = 64 << 10

    @concurrent func handle(
        _ request: Request, context: ServerContext, next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        guard Self.mayBeLarge(request.headers) else { return try await next(request, context) }
        var context = context
        context.executor = nil
        return try await withTaskExecutorPreference(globalConcurrentExecutor) { [context] in try await next(request, context) }
    }

    static func mayBeLarge(_ headers: HTTPFields) -> Bool {
        guard headers[.transferEncoding] == nil else { return true }
        return headers[.contentLength].map { (Int($0) ?? .max) > smallBody } ?? false
    }
}
