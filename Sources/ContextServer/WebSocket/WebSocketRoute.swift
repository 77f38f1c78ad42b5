import HTTPTypes
import Hummingbird
import NIOCore
import WebSockets

/// `GET /api/mcp/ws`: a WebSocket for questions and answers.
///
/// A refused handshake gets a problem as its response, like any other request. An accepted one turns the connection into a WebSocket until
/// it ends: the HTTP handlers stay behind the WebSocket handler and receive no more input.
struct WebSocketRoute: Sendable {
    let queries: QueryService
    let limits: WebSocketLimits
    let origins: OriginGuard

    func add(to endpoints: Endpoints) {
        // OpenAPI describes requests and their responses, which a WebSocket does not have.
        endpoints.open(.get, "/api/mcp/ws", nil) { request, context in
            try origins.check(request)
            let handshake = try WebSocketHandshake(method: request.method, headers: request.headers)
            let memory = queries.admission.reservation()
            let session = QuerySession(
                queries: queries, limits: limits, memory: memory, requestID: context.requestID, logger: context.logger)
            // The connection is taken over before the client gets the response: from then on it may send.
            let connection = try await WebSocketConnection.open(
                on: context.channel, limits: limits, memory: memory,
                // After the handler that counts unread bytes.
                at: { pipeline in (try? pipeline.handler(type: UnreadResponses.self)).map { .after($0) } ?? .first },
                isBusy: { session.isBusy })
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
