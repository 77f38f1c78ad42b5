import ByteText
import JSON

/// The headers that repeat parts of a modern request's body, and must agree with it.
enum RoutingHeaders {
    static let version = "MCP-Protocol-Version"
    static let method = "Mcp-Method"
    static let name = "Mcp-Name"

    /// Rung 2 of the ladder: each header once, and equal to what the body says.
    ///
    /// - Parameter version: what the body names as its protocol version.
    static func check(
        _ headers: MCPHTTPRequest, against request: RPCRequest, version: String
    ) throws(RPCError) {
        try require(Self.version, of: headers, toBe: version)
        try require(method, of: headers, toBe: request.method)
        let names = headers.values(of: name)
        guard names.count < 2 else { throw .headerMismatch("\(name) is there \(names.count) times") }
        guard let field = namingField(of: request.method) else { return }
        switch (names.first, request.params?[field]) {
        case (nil, .string(_)?): throw .headerMismatch("\(name) is missing")
        case (nil, _): return  // the parameters are at fault, and a later rung says so
        case (let header?, .string(let value)?):
            guard let decoded = decoded(header) else { throw .headerMismatch("\(name) is not valid base64 of UTF-8") }
            guard decoded.hasSameBytes(as: value) else { throw .headerMismatch("\(name) differs from params.\(field)") }
        case (_?, _): throw .headerMismatch("\(name) is there, and params.\(field) is not a string")
        }
    }

    private static func require(
        _ header: String, of headers: MCPHTTPRequest, toBe value: String
    ) throws(RPCError) {
        let values = headers.values(of: header)
        guard let first = values.first else { throw .headerMismatch("\(header) is missing") }
        guard values.count == 1 else { throw .headerMismatch("\(header) is there \(values.count) times") }
        guard first.hasSameBytes(as: value) else { throw .headerMismatch("\(header) differs from the body") }
    }

    /// The member of `params` that `Mcp-Name` repeats.
    private static func namingField(of method: String) -> String? {
        switch MCPMethod(sameBytesAs: method) {
        case .toolsCall, .promptsGet: "name"
        case .resourcesRead: "uri"
        default: nil
        }
    }

    /// The text of a header value that may be written as `=?base64?…?=`; without both marks it is literal.
    ///
    /// - Returns: `nil` where the marks are there and what lies between is not base64 of UTF-8.
    static func decoded(_ value: String) -> String? {
        let (opening, closing) = ("=?base64?", "?=")
        guard value.utf8.count >= opening.utf8.count + closing.utf8.count, value.hasBytePrefix(opening),
            value.utf8.suffix(closing.utf8.count).elementsEqual(closing.utf8)
        else { return value }
        let inner = value.utf8.dropFirst(opening.utf8.count).dropLast(closing.utf8.count)
        return Base64.decode(String(Substring(inner)), alphabet: .standard).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
