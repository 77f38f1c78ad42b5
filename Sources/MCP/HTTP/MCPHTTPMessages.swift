/// The parts of an HTTP request that the protocol uses. The caller must already have checked authentication, `Origin`, `Host`
/// and the body size.
public struct MCPHTTPRequest: Sendable {
    public var method: String
    /// The headers, with names in any case. A header that the client repeats appears more than once.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    public init(method: String, headers: [(name: String, value: String)], body: [UInt8]) {
        (self.method, self.headers, self.body) = (method, headers, body)
    }

    /// Returns the values of a header in order, without surrounding white space.
    func values(of name: String) -> [String] {
        var values: [String] = []
        for header in headers where Self.isSame(header.name, name) { values.append(trimmed(header.value)) }
        return values
    }

    /// Compares names without regard to the case of ASCII letters, without making copies.
    private static func isSame(_ a: String, _ b: String) -> Bool {
        a.utf8.count == b.utf8.count && zip(a.utf8, b.utf8).allSatisfy { lowercased($0) == lowercased($1) }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    /// Removes surrounding spaces and tabs, the optional white space of RFC 9110 §5.6.3.
    private func trimmed(_ value: String) -> String {
        let bytes = value.utf8
        guard let start = bytes.first, let end = bytes.last else { return "" }
        if start != 0x20 && start != 0x09 && end != 0x20 && end != 0x09 { return value }
        guard let first = bytes.firstIndex(where: { $0 != 0x20 && $0 != 0x09 }),
            let last = bytes.lastIndex(where: { $0 != 0x20 && $0 != 0x09 })
        else { return "" }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }
}

/// A complete HTTP response: the MCP server never streams.
public struct MCPHTTPResponse: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// The JSON-RPC method, set only if the server supports it, so that it can be a metric label.
    public var rpcMethod: String?
    /// The code of the JSON-RPC error in the body.
    public var rpcErrorCode: Int?

    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        (self.status, self.headers, self.body) = (status, headers, body)
    }
}
