import ContextServer
import Foundation
import JSON
import MCP
import Testing

/// A server with two tenants, and helpers that send requests to it.
struct Harness {
    let backend: MemoryBackend
    let server: MCPServer<String>

    static let modern = "2026-07-28"
    static let legacy = ["2025-11-25", "2025-06-18", "2025-03-26"]

    init(_ backend: MemoryBackend = MemoryBackend(), limits: MCPLimits = MCPLimits()) {
        self.backend = backend
        server = MCPServer(
            info: MCPServerInfo(name: "contextd", title: "Context", version: "1.2.3", websiteURL: "https://example.org"),
            instructions: "Search the documents.", documents: backend, limits: limits)
    }

    struct Answer {
        let status: Int
        let headers: [(name: String, value: String)]
        /// `nil` if the body is empty.
        let body: JSONValue?

        var result: JSONValue? { body?["result"] }
        var error: JSONValue? { body?["error"] }
        var code: Int? { error?["code"]?.intValue }
        func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    }

    /// Sends any HTTP request.
    func send(
        _ headers: [(String, String)], _ body: [UInt8], method: String = "POST", as tenant: String = "ants"
    ) async throws -> Answer {
        let request = MCPHTTPRequest(method: method, headers: headers.map { (name: $0.0, value: $0.1) }, body: body)
        let response = await server.handleHTTP(request, principal: tenant)
        let body: JSONValue? = response.body.isEmpty ? .none : try JSONValue(parsing: response.body)
        if body != nil { #expect(response.headers.contains { $0 == ("Content-Type", "application/json") }) }
        return Answer(status: response.status, headers: response.headers, body: body)
    }

    static let jsonHeaders = [("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream")]

    /// Sends a valid request of the modern era.
    func modern(_ method: String, _ params: JSONObject = [:], id: JSONValue = 1, as tenant: String = "ants") async throws -> Answer {
        let message = Self.modernMessage(method, params, id: id)
        var headers = Self.jsonHeaders + [("MCP-Protocol-Version", Self.modern), ("Mcp-Method", method)]
        if let name = (params["uri"] ?? params["name"])?.stringValue { headers.append(("Mcp-Name", Self.headerForm(name))) }
        return try await send(headers, message.serialized(), as: tenant)
    }

    static func headerForm(_ text: String) -> String {
        text.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? text : "=?base64?\(Data(text.utf8).base64EncodedString())?="
    }

    static func modernMessage(_ method: String, _ params: JSONObject = [:], id: JSONValue = 1) -> JSONValue {
        var params = params
        params["_meta"] = ["io.modelcontextprotocol/protocolVersion": .string(modern), "io.modelcontextprotocol/clientCapabilities": [:]]
        return ["jsonrpc": "2.0", "id": id, "method": .string(method), "params": .object(params)]
    }

    static func message(_ method: String, _ params: JSONObject? = nil, id: JSONValue? = 1) -> JSONValue {
        var message: JSONObject = ["jsonrpc": "2.0"]
        message["id"] = id
        message["method"] = .string(method)
        message["params"] = params.map { .object($0) }
        return .object(message)
    }

    /// Sends a request of a revision with a handshake; `version: nil` omits the header.
    func legacy(
        _ version: String?, _ method: String, _ params: JSONObject? = nil, id: JSONValue? = 1, as tenant: String = "ants"
    ) async throws -> Answer {
        try await legacy(version, body: Self.message(method, params, id: id), as: tenant)
    }

    func legacy(_ version: String?, body: JSONValue, as tenant: String = "ants") async throws -> Answer {
        let headers = Self.jsonHeaders + (version.map { [("MCP-Protocol-Version", $0)] } ?? [])
        return try await send(headers, body.serialized(), as: tenant)
    }

    /// Sends the same request in any revision.
    func ask(_ revision: String, _ method: String, _ params: JSONObject = [:], as tenant: String = "ants") async throws -> Answer {
        revision == Self.modern
            ? try await modern(method, params, as: tenant) : try await legacy(revision, method, params, as: tenant)
    }

    static let handshake: JSONObject = [
        "protocolVersion": "2025-11-25", "capabilities": [:], "clientInfo": ["name": "test", "version": "0"],
    ]
}
