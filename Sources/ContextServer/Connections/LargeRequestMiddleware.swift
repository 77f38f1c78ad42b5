package import HTTPTypes
import Hummingbird

/// Takes requests whose bodies may be large off their connection's event loop: reading and parsing them takes long enough to hold up the
/// other connections of that loop.
struct LargeRequestMiddleware: RouterMiddleware {
    @concurrent func handle(
        _ request: Request, context: ServerContext, next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        guard request.headers.mayBringLargeBody else { return try await next(request, context) }
        var context = context
        context.executor = nil
        return try await withTaskExecutorPreference(globalConcurrentExecutor) { [context] in try await next(request, context) }
    }
}

extension HTTPFields {
    /// Bytes of a body that are parsed in less time than a change of threads is worth minding.
    package static let smallBody = 64 << 10

    /// Whether the body is longer than that, or may be.
    package var mayBringLargeBody: Bool {
        guard self[.transferEncoding] == nil else { return true }
        return self[.contentLength].map { (Int($0) ?? .max) > Self.smallBody } ?? false
    }
}
