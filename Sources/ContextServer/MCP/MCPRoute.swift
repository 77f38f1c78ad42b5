import HTTPTypes
import Hummingbird
import JSON
import MCP
import NIOCore
import Synchronization
import Tenancy

/// `/mcp`: guards the door (origin, key, size) and hands the message to the protocol.
struct MCPRoute: Sendable {
    let server: MCPServer<ContextBackend>
    let authenticator: Authenticator
    let shares: TenantShares
    let limits: ServerConfiguration
    let origins: OriginGuard

    func add(to endpoints: Endpoints) {
        for method: HTTPRequest.Method in [.post, .get, .delete, .put, .patch, .options, .head] {
            endpoints.open(method, "/mcp") { request, context in try await answer(request, context) }
        }
    }

    private func answer(_ request: Request, _ context: ServerContext) async throws -> Response {
        try origins.check(request)
        let caller = try await authenticator.caller(for: request.headers)
        // A key that may not read has nothing to ask here; the protocol wants that said before the message is looked at.
        try caller.require(.read)
        let place = try shares.permit(caller.scope.tenant)
        return try await answer(request, context, caller).holding(place)
    }

    private func answer(_ request: Request, _ context: ServerContext, _ caller: Caller) async throws -> Response {
        let message = MCPHTTPRequest(
            method: request.method.rawValue, headers: request.headers.map { ($0.name.rawName, $0.value) },
            body: try await request.bytes(upTo: limits.maximumRequestBytes, in: context))
        let answer = await server.handleHTTP(message, principal: caller)
        var response = Response(
            status: HTTPResponse.Status(code: answer.status), body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
        for (name, value) in answer.headers {
            if let name = HTTPField.Name(name) { response.headers[name] = value }
        }
        return response
    }
}

/// The origin policy, which can be made only when the port is known.
final class OriginGuard: Sendable {
    private let policy = Mutex<OriginPolicy?>(nil)

    func set(_ policy: OriginPolicy) { self.policy.withLock { $0 = policy } }

    /// - Throws: `Problem` 403 for a web page from elsewhere, 421 for a name that is not this server's.
    func check(_ request: Request) throws {
        guard let policy = policy.withLock({ $0 }) else { return }
        switch policy.decide(origin: request.headers[values: .origin], host: request.head.authority) {
        case .allow: return
        case .refuseOrigin:
            throw Problem(status: .forbidden, code: "origin_refused", detail: "this Origin may not call the server")
        case .refuseHost:
            throw Problem(status: .misdirectedRequest, code: "host_refused", detail: "this server does not go by that Host")
        }
    }
}
