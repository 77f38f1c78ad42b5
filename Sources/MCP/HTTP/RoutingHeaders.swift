import ByteText
import JSON

/// The headers that repeat parts of a modern request's body and must match it.
enum RoutingHeaders {
    static let version = "MCP-Protocol-Version"
    static let method = "Mcp-Method"
    static let name = "Mcp-Name"

    /// Performs check 2: every header occurs once and matches the body. `Mcp-Name` is required only if the method has a name or URI.
    ///
    /// - Parameter version: the protocol version in the body.
    static func check(
        _ headers: MCPHTTPRequest, against request: RPCRequest, version: String
    ) throws(RPCError) {
        try require(Self.version, of: headers, toBe: version)
        try require(method, of: headers, toBe: request.method)
        let names = headers.values(of: name)
        guard names.count < 2 else { throw .headerMismatch("\(name) must occur once, got \(names.count)") }
        guard let field = namingField(of: request.method) else { return }
        switch (names.first, request.params?[field]) {
        case (nil, .string(_)?): throw .headerMismatch("\(name) is missing")
        case (nil, _): return  // the method's own parameter check reports the error later
        case (let header?, .string(let value)?):
            guard let decoded = decoded(header) else { throw .headerMismatch("\(name) is not valid base64 of UTF-8") }
            guard decoded.hasSameBytes(as: value) else { throw .headerMismatch("\(name) differs from params.\(field)") }
        case (_?, _): throw .headerMismatch("\(name) is set, but params.\(field) is not a string")
        }
    }

    private static func require(
        _ header: String, of headers: MCPHTTPRequest, toBe value: String
    ) throws(RPCError) {
        let values = headers.values(of: header)
        guard let first = values.first else { throw .headerMismatch("\(header) is missing") }
        guard values.count == 1 else { throw .headerMismatch("\(header) must occur once, got \(values.count)") }
        guard first.hasSameBytes(as: value) else { throw .headerMismatch("\(header) differs from the body") }
    }

    /// Returns the name of the `params` member that `Mcp-Name` repeats.
    private static func namingField(of method: String) -> String? {
        switch MCPMethod(sameBytesAs: method) {
        case .toolsCall, .promptsGet: "name"
        case .resourcesRead: "uri"
        default: nil
        }
    }

    /// Decodes a header value of the form `=?base64?…?=`; a value without both markers is literal.
    ///
    /// - Returns: `nil` if the value has the markers and the part between them is not base64 of UTF-8.
    static func decoded(_ value: String) -> String? {
        let (opening, closing) = ("=?base64?", "?=")
        guard value.utf8.count >= opening.utf8.count + closing.utf8.count, value.hasBytePrefix(opening),
            value.utf8.suffix(closing.utf8.count).elementsEqual(closing.utf8)
        else { return value }
        let inner = value.utf8.dropFirst(opening.utf8.count).dropLast(closing.utf8.count)
        return Base64.decode(String(Substring(inner)), alphabet: .standard).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
