/// An HTTP request as far as the protocol looks at it. Authentication, `Origin`, `Host` and the body's size were checked
/// before it came here.
public struct MCPHTTPRequest: Sendable {
    public var method: String
    /// In any case, repeated where the client repeated them.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    public init(method: String, headers: [(name: String, value: String)], body: [UInt8]) {
        (self.method, self.headers, self.body) = (method, headers, body)
    }

    /// The values of a header in their order, without the white space around them.
    func values(of name: String) -> [String] {
        let wanted = name.lowercased()
        return headers.filter { $0.name.lowercased() == wanted }.map { trimmed($0.value) }
    }

    /// RFC 9110 §5.6.3: optional white space is spaces and tabs.
    private func trimmed(_ value: String) -> String {
        let bytes = value.utf8
        guard let first = bytes.firstIndex(where: { $0 != 0x20 && $0 != 0x09 }),
            let last = bytes.lastIndex(where: { $0 != 0x20 && $0 != 0x09 })
        else { return "" }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }
}

/// An HTTP answer, complete: the protocol's server never streams.
public struct MCPHTTPResponse: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// The JSON-RPC method, where it is one that we serve: fit for a metric label.
    public var rpcMethod: String?
    /// The JSON-RPC error that the body holds.
    public var rpcErrorCode: Int?

    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        (self.status, self.headers, self.body) = (status, headers, body)
    }
}
