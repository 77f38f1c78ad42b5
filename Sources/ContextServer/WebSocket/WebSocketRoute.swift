import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /api/mcp/ws`: a WebSocket on which questions are asked and answered.
///
/// A refused handshake is a request like any other, with a problem for its answer. An accepted one makes the connection a WebSocket for as
/// long as it lives: HTTP's handlers stay behind ours and see nothing more.
struct WebSocketRoute: Sendable {
    let queries: QueryService
    let limits: WebSocketLimits
    let origins: OriginGuard

    func add(to endpoints: Endpoints) {
        endpoints.open(.get, "/api/mcp/ws") { request, context in
            try origins.check(request)
            let handshake = try WebSocketHandshake(method: request.method, headers: request.headers)
            let memory = queries.admission.reservation()
            let session = QuerySession(
                queries: queries, limits: limits, memory: memory, requestID: context.requestID, logger: context.logger)
            // Before the client is told: from then on it may send.
            let connection = try await WebSocketConnection.open(on: context.channel, limits: limits, memory: memory) { session.isBusy }
            return Response(
                status: .switchingProtocols, headers: handshake.responseHeaders,
                body: ResponseBody { _ in await session.run(on: connection) })
        }
    }
}

extension ServerConfiguration {
    var webSocketLimits: WebSocketLimits {
        var limits = WebSocketLimits()
        limits.messageBytes = maximumRequestBytes
        limits.authenticationTimeout = .seconds(Int64(webSocketAuthenticationSeconds))
        limits.idleTimeout = .seconds(Int64(connections.idleSeconds))
        return limits
    }
}
