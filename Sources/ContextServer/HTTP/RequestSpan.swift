import HTTPTypes
import Hummingbird
import Logging
import Synchronization

/// A request from its head to the end of its response: it is logged and counted when the last byte of the body has been handed to the
/// connection, or when the client has gone.
final class RequestSpan: Sendable {
    enum End: String, Sendable {
        case complete
        /// The client has gone, its key was revoked, or the server stopped: the body is not complete.
        case interrupted
    }

    private let method: HTTPRequest.Method
    private let route: String?
    private let status: HTTPResponse.Status
    private let start: ContinuousClock.Instant
    private let meter: RequestMeter
    private let logger: Logger
    private let hasEnded = Mutex(false)

    /// - Parameter route: the template of the route, if there is one.
    init(
        method: HTTPRequest.Method, route: String?, status: HTTPResponse.Status, start: ContinuousClock.Instant, meter: RequestMeter,
        logger: Logger
    ) {
        (self.method, self.route, self.status, self.start) = (method, route, status, start)
        (self.meter, self.logger) = (meter, logger)
    }

    /// A response whose connection ends before its body begins is dropped.
    deinit { end(.interrupted) }

    /// Logs and counts the request, once.
    func end(_ end: End) {
        let isFirst = hasEnded.withLock { hasEnded in
            defer { hasEnded = true }
            return !hasEnded
        }
        guard isFirst else { return }
        let elapsed = ContinuousClock.now - start
        meter.record(RequestMeter.Route(method, route, status), status: status, elapsed, isComplete: end == .complete)
        logger.info(
            "request",
            metadata: [
                "method": .string(method.rawValue), "route": .string(route ?? "none"), "status": .string(String(status.code)),
                "ms": .string(String(elapsed / .milliseconds(1))), "end": .string(end.rawValue),
            ])
    }
}

extension Response {
    /// Returns the response, which ends `span` with its last byte. A small body is handed to the connection whole, and a WebSocket is no
    /// longer a request: they end it now.
    func ending(_ span: RequestSpan) -> Response {
        guard isDeliveredSlowly else {
            span.end(.complete)
            return self
        }
        var response = self
        response.body = ResponseBody(contentLength: body.contentLength) { [body] writer in
            do { try await body.write(writer) } catch {
                span.end(.interrupted)
                throw error
            }
            span.end(.complete)
        }
        return response
    }
}
