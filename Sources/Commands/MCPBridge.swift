import ByteText
import JSON
import MCP
import Synchronization

/// A bridge from MCP over standard input and output to the `/mcp` endpoint of a running server.
///
/// Each line becomes a POST with the headers that its protocol era requires. If sending a request fails, the bridge itself responds
/// with a JSON-RPC error, so that the client does not wait forever.
struct MCPBridge: Sendable {
    let client: ServerClient

    /// Maximum number of concurrent requests.
    private static let width = 8

    func run(lines: MCPStandardInput, write: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
        let era = NegotiatedVersion()
        let (outbox, answers) = AsyncStream.makeStream(of: [UInt8].self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for await line in outbox { try await write(line) } }
            group.addTask {
                defer { answers.finish() }
                await withTaskGroup(of: Void.self) { requests in
                    var started = 0
                    for await line in lines where line.contains(where: { $0 > 0x20 }) {
                        // The handshake determines the headers of later messages.
                        if BridgedMessage(line).method == "initialize" {
                            if let answer = await forward(line, era) { answers.yield(answer) }
                            continue
                        }
                        if started >= Self.width { await requests.next() }
                        started += 1
                        requests.addTask {
                            if let answer = await forward(line, era) { answers.yield(answer) }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Forwards one message and returns the line to write, or `nil` if the message gets no response.
    private func forward(_ line: [UInt8], _ era: NegotiatedVersion) async -> [UInt8]? {
        let message = BridgedMessage(line)
        do {
            let reply = try await client.postMCP(line, headers: message.headers(negotiated: era.value))
            guard let reply, message.getsResponse else { return nil }
            if message.method == "initialize" { era.learn(from: reply.message) }
            let bytes = reply.isRefusal ? message.identified(reply.message).serialized() : reply.bytes
            return bytes.filter { $0 != UInt8(ascii: "\n") } + [UInt8(ascii: "\n")]
        } catch {
            guard let id = message.id else { return nil }
            let reply: JSONValue = [
                "jsonrpc": "2.0", "id": id,
                "error": ["code": -32603, "message": .string(CommandFailure.line(for: error))],
            ]
            return reply.serialized() + [UInt8(ascii: "\n")]
        }
    }
}

/// The parts of a message that determine its headers and its response. A batch, and a line that is not JSON, have none of them.
private struct BridgedMessage {
    let id: JSONValue?
    let method: String?
    /// Whether the message is a request, a batch, or invalid: notifications and responses get no response, not even an error.
    let getsResponse: Bool
    private let version: String?
    private let name: String?

    init(_ line: [UInt8]) {
        let object = (try? JSONValue(parsing: line).objectValue) ?? [:]
        id = object["id"]
        method = object["method"]?.stringValue
        let isNotification = method != nil && id == nil
        let isResponse = object["method"] == nil && (object["result"] != nil || object["error"] != nil)
        getsResponse = !isNotification && !isResponse
        let parameters = object["params"]
        version = parameters?["_meta"]?["io.modelcontextprotocol/protocolVersion"]?.stringValue
        name =
            switch method {
            case "tools/call", "prompts/get": parameters?["name"]?.stringValue
            case "resources/read": parameters?["uri"]?.stringValue
            default: nil
            }
    }

    /// - Parameter negotiated: the version that the handshake negotiated. It also decides whether the server accepts a batch; without a
    ///   handshake the server assumes 2025-03-26.
    func headers(negotiated: String?) -> [(String, String)] {
        guard let version else {
            return method == "initialize" ? [] : negotiated.map { [("MCP-Protocol-Version", $0)] } ?? []
        }
        var headers = [("MCP-Protocol-Version", version)]
        if let method { headers.append(("Mcp-Method", method)) }
        if let name { headers.append(("Mcp-Name", Self.encoded(name))) }
        return headers
    }

    /// Returns an error response with this message's id, if the server refused the request before it read the id.
    func identified(_ response: JSONValue) -> JSONValue {
        guard let id, var object = response.objectValue, object["id"] ?? .null == .null else { return response }
        object["id"] = id
        return .object(object)
    }

    /// Encodes text for a header value, in the protocol's base64 form if the text is not plain ASCII without spaces.
    private static func encoded(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { (0x21...0x7E).contains($0) } && !text.hasPrefix("=?base64?")
        return isPlain ? text : "=?base64?\(Base64.encode(Array(text.utf8), alphabet: .standard))?="
    }
}

/// The version that the handshake negotiated, for the headers of later messages.
private final class NegotiatedVersion: Sendable {
    private let version = Mutex<String?>(nil)

    var value: String? { version.withLock { $0 } }

    func learn(from answer: JSONValue) {
        if let text = answer["result"]?["protocolVersion"]?.stringValue { version.withLock { $0 = text } }
    }
}
