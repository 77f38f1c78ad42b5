import HTTPTypes
import Hummingbird
import JSON
import MCP
import Memory
import NIOCore
import Tenancy

/// `/mcp`: checks the origin, the key and the size, and passes the message to the protocol. A browser's preflight needs no key.
struct MCPRoute: Sendable {
    let server: MCPServer<MCPCaller>
    let authenticator: Authenticator
    let admission: Admission
    let work: TenantWork
    let limits: ServerConfiguration
    let origins: OriginGuard

    /// Returns whether the path is this route's, which also has a spelling with a slash at its end: see `CanonicalPath`.
    static func serves(_ path: String) -> Bool { path.utf8.elementsEqual("/mcp".utf8) || path.utf8.elementsEqual("/mcp/".utf8) }

    private static let allowed = AllowedMethods([.post])

    func add(to endpoints: Endpoints) {
        let operation = APIOperation.sendMCPMessage(maximumBytes: limits.maximumRequestBytes)
        for method in AllowedMethods.all {
            endpoints.open(method, "/mcp", method == .post ? operation : nil) { request, context in try await answer(request, context) }
        }
    }

    private func answer(_ request: Request, _ context: ServerContext) async throws -> Response {
        try origins.check(request)
        if let preflight = Preflight(request) { return preflight.response }
        let caller = try await authenticator.caller(for: request.headers, on: context.channel)
        // A key without read permission is useless here; the protocol requires that refusal before the message is parsed.
        try caller.require(.read)
        if request.method == .options { return Self.allowed.response }
        let place = try admission.shares.permit(caller.scope.tenant)
        // A batch may need much work; a single message may read or write a whole document. Neither belongs on an event loop.
        return try await work.run(
            for: caller, in: context, hasLargeBody: request.headers.mayBringLargeBody, placement: .workers, isTimed: true
        ) { context in try await answer(request, context, caller) }.holding(place)
    }

    private func answer(_ request: Request, _ context: ServerContext, _ caller: Caller) async throws -> Response {
        context.memory.assign(to: MemoryOwner(caller.scope.tenant))
        let message = MCPHTTPRequest(
            method: request.method.rawValue, headers: request.headers.map { ($0.name.rawName, $0.value) },
            body: try await request.bytes(upTo: limits.maximumRequestBytes, in: context))
        try await context.makeRoom(forParsing: message.body, reservedCopies: 2)
        let principal = MCPCaller(caller, memory: MCPMemory(context.memory)) { [admission] in
            [try admission.permit(), try admission.shares.permit(caller.scope.tenant)]
        }
        let answer = await server.handleHTTP(message, principal: principal)
        var response = Response(status: HTTPResponse.Status(code: answer.status), body: ResponseBody(bytes: answer.body))
        for (name, value) in answer.headers {
            if let name = HTTPField.Name(name) { response.headers[name] = value }
        }
        if response.status == .methodNotAllowed { response.headers[.allow] = Self.allowed.names }
        return response
    }
}
