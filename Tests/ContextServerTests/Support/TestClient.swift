import AsyncHTTPClient
import JSON
import NIOCore
import NIOHTTP1
import Testing

/// A client of a running server, with one tenant's key or without a key.
struct TestClient: Sendable {
    let base: String
    let key: String?

    struct Answer: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let body: [UInt8]

        /// `.null` if the body is not JSON.
        var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
        var text: String { String(decoding: body, as: UTF8.self) }
        /// The code of a problem document, or of an error of JSON-RPC that the HTTP layer made.
        var code: String? { (json["code"] ?? json["error"]?["data"]?["code"])?.stringValue }
        /// The body's lines of NDJSON.
        var lines: [JSONValue] {
            body.split(separator: UInt8(ascii: "\n")).compactMap { try? JSONValue(parsing: Array($0)) }
        }
    }

    func with(key: String?) -> TestClient { TestClient(base: base, key: key) }

    func send(
        _ method: HTTPMethod, _ path: String, _ body: [UInt8]? = nil, type: String? = nil, headers: [(String, String)] = []
    ) async throws -> Answer {
        let response = try await HTTPClient.shared.execute(request(method, path, body, type: type, headers: headers), timeout: .minutes(5))
        let answer = try await response.body.collect(upTo: 256 << 20)
        return Answer(
            status: Int(response.status.code), headers: response.headers, body: Array(answer.readableBytesView))
    }

    func request(
        _ method: HTTPMethod, _ path: String, _ body: [UInt8]?, type: String?, headers: [(String, String)] = []
    ) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: base + path)
        request.method = method
        if let key { request.headers.add(name: "Authorization", value: "Bearer \(key)") }
        if let type { request.headers.add(name: "Content-Type", value: type) }
        // Otherwise the shared client asks for compressed responses, and refuses to decode those that are compressed very well.
        request.headers.add(name: "Accept-Encoding", value: "identity")
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        if let body { request.body = Self.body(body) }
        return request
    }

    /// Sends a large body in parts, so that a response before its end stops it.
    private static func body(_ bytes: [UInt8]) -> HTTPClientRequest.Body {
        guard bytes.count > partBytes else { return .bytes(ByteBuffer(bytes: bytes)) }
        let parts = stride(from: 0, to: bytes.count, by: partBytes).lazy.map { start in
            ByteBuffer(bytes: bytes[start..<min(start + partBytes, bytes.count)])
        }
        return .stream(
            AsyncStream { continuation in
                for part in parts { continuation.yield(part) }
                continuation.finish()
            }, length: .known(Int64(bytes.count)))
    }

    private static let partBytes = 256 << 10

    /// Returns the response, head and body, to a request that the server rejects before it has read the body. `HTTPClient` may lose such a
    /// response: it closes the connection on receiving it, and then reports the failed write instead.
    ///
    /// - Parameter bytes: length of the body, which consists of the letter `a`.
    func refusal(_ method: HTTPMethod, _ path: String, bytes: Int, type: String, isChunked: Bool = false) async throws -> String? {
        let address = base.dropFirst("http://".count)
        let port = try #require(address.split(separator: ":").last.flatMap { Int($0) })
        let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(bytes)"
        let head = [
            "\(method) \(path) HTTP/1.1", "Host: \(address)", "Authorization: Bearer \(key ?? "")", "Content-Type: \(type)", framing,
        ]
        return try await RawSocket.connect(port) { socket in
            try await socket.send(head.joined(separator: "\r\n") + "\r\n\r\n")
            let part = String(repeating: "a", count: Self.partBytes)
            let size = String(Self.partBytes, radix: 16)
            let sent = isChunked ? "\(size)\r\n\(part)\r\n" : part
            // The task ends with the connection.
            let channel = socket.channel
            let writer = Task {
                for _ in 0..<(bytes / Self.partBytes) {
                    guard (try? await channel.writeAndFlush(ByteBuffer(string: sent))) != nil else { return }
                }
            }
            let response = try await socket.response()
            try? await channel.close()
            await writer.value
            return response
        }
    }

    func get(_ path: String) async throws -> Answer { try await send(.GET, path) }

    func delete(_ path: String) async throws -> Answer { try await send(.DELETE, path) }

    func post(_ path: String, _ value: JSONValue, headers: [(String, String)] = []) async throws -> Answer {
        try await send(.POST, path, value.serialized(), type: "application/json", headers: headers)
    }

    func put(_ path: String, _ text: String, type: String) async throws -> Answer {
        try await send(.PUT, path, Array(text.utf8), type: type)
    }

    /// Searches and returns the document ids, best first.
    func found(_ query: String, limit: Int = 10, extra: JSONObject = [:]) async throws -> [String] {
        var body: JSONObject = ["query": .string(query), "limit": .init(limit)]
        for (name, value) in extra { body[name] = value }
        return try await post("/v1/search", .object(body)).json["results"]?.arrayValue?.compactMap { $0["document_id"]?.stringValue } ?? []
    }

    /// Sends an MCP request of the modern era, with its headers.
    func mcp(_ method: String, _ params: JSONObject = [:], name: String? = nil) async throws -> Answer {
        var params = params
        params["_meta"] = [
            "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": [:],
        ]
        let message: JSONValue = ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": .object(params)]
        var headers = [
            ("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", method), ("Accept", "application/json, text/event-stream"),
        ]
        if let name { headers.append(("Mcp-Name", name)) }
        return try await send(.POST, "/mcp", message.serialized(), type: "application/json", headers: headers)
    }

    /// Sends an MCP request of a client that negotiated `version` in a handshake.
    func legacyMCP(_ method: String, _ params: JSONObject = [:], version: String = "2025-11-25") async throws -> Answer {
        let message: JSONValue = ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": .object(params)]
        return try await send(
            .POST, "/mcp", message.serialized(), type: "application/json",
            headers: [("MCP-Protocol-Version", version), ("Accept", "application/json, text/event-stream")])
    }
}
