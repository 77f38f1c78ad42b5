import AsyncHTTPClient
import ByteText
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import NIOPosix

/// An HTTP client for a running contextd server.
struct ServerClient: Sendable {
    let base: String
    let key: String

    /// The HTTP client, which fails at once if it cannot connect, instead of retrying until the deadline.
    static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = .seconds(10)
        // A key must only go to the given server, and `ModelDownload` reads the checksum from a hub's redirect.
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// Maximum response size, in bytes.
    private static let answerLimit = 64 << 20

    func search(_ query: String, limit: Int, mode: String) async throws -> [JSONValue] {
        let body: JSONValue = ["query": .string(query), "limit": .init(limit), "mode": .string(mode)]
        let answer = try await send(.POST, "/v1/search", body: body.serialized(), contentType: "application/json")
        return try JSONValue(parsing: answer, limits: .trusted)["results"]?.arrayValue ?? []
    }

    /// Uploads a file and waits until it is searchable.
    ///
    /// - Returns: the number of chunks of the document.
    func put(_ id: String, bytes: [UInt8], contentType: String) async throws -> Int {
        let path = "/v1/documents/\(PercentEncoding.encoded(id))?wait=true"
        let answer = try JSONValue(parsing: try await send(.PUT, path, body: bytes, contentType: contentType))
        return (answer["chunks"]?["embedded"]?.intValue ?? 0) + (answer["chunks"]?["reused"]?.intValue ?? 0)
    }

    /// Posts a JSON-RPC message and returns the response if its body is JSON-RPC, with any status, or `nil` for an empty 202 response.
    func postMCP(_ message: [UInt8], headers: [(String, String)]) async throws -> MCPReply? {
        let accept = [("Accept", "application/json, text/event-stream")]
        let (status, body) = try await exchange(
            .POST, "/mcp", body: message, contentType: "application/json", headers: accept + headers)
        if body.isEmpty && status == 202 { return nil }
        guard let value = try? JSONValue(parsing: body, limits: .trusted), value["jsonrpc"] != nil || value.arrayValue != nil else {
            throw Self.failure(status, body)
        }
        return MCPReply(isRefusal: status >= 400, message: value, bytes: body)
    }

    /// A response of `/mcp`.
    struct MCPReply {
        /// Whether the HTTP status says that the request was refused.
        let isRefusal: Bool
        let message: JSONValue
        /// The message as it was sent.
        let bytes: [UInt8]
    }

    private func send(_ method: HTTPMethod, _ path: String, body: [UInt8], contentType: String) async throws -> [UInt8] {
        let (status, answer) = try await exchange(method, path, body: body, contentType: contentType, headers: [])
        guard (200...299).contains(status) else { throw Self.failure(status, answer) }
        return answer
    }

    private func exchange(
        _ method: HTTPMethod, _ path: String, body: [UInt8], contentType: String, headers: [(String, String)]
    ) async throws -> (status: UInt, body: [UInt8]) {
        let request = request(method, path, body: body, contentType: contentType, headers: headers)
        do {
            let response = try await Self.client.execute(request, timeout: .minutes(10))
            let answer = try await response.body.collect(upTo: Self.answerLimit)
            return (response.status.code, Array(answer.readableBytesView))
        } catch let error as HTTPClientError {
            throw CommandFailure("\(base) cannot be reached: \(error.shortDescription)")
        } catch let error as IOError {
            throw CommandFailure("\(base) cannot be reached: \(String(cString: strerror(error.errnoCode)))")
        } catch let error as NIOConnectionError {
            throw CommandFailure("\(base) cannot be reached: no connection to \(error.host):\(error.port)")
        }
    }

    func request(
        _ method: HTTPMethod, _ path: String, body: [UInt8], contentType: String = "application/json", headers: [(String, String)] = []
    ) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: base + path)
        request.method = method
        request.headers.add(name: "Authorization", value: "Bearer \(key)")
        request.headers.add(name: "Content-Type", value: contentType)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(bytes: body))
        return request
    }

    private static func failure(_ status: UInt, _ body: [UInt8]) -> CommandFailure {
        let problem = try? JSONValue(parsing: body)
        return CommandFailure("the server returned status \(status): \(problem?["detail"]?.stringValue ?? "no details")")
    }
}
