package import JSON

/// The JSON-RPC error for an HTTP request that fails before its message is read, such as one with an invalid key.
///
/// Its `id` is `null`, as JSON-RPC 2.0 requires: the official Python client shows the error's message only if the member exists.
package enum MCPRefusal {
    /// Returns the body of a response.
    ///
    /// - Parameters:
    ///   - status: the HTTP status; from 500 on, the error is an internal error of JSON-RPC, otherwise an invalid request.
    ///   - message: the reason, which clients print.
    ///   - data: further facts for programs.
    package static func document(_ status: Int, _ message: String, data: JSONObject) -> JSONValue {
        document(code(status), message, data)
    }

    private static func code(_ status: Int) -> RPCError.Code { status >= 500 ? .internalError : .invalidRequest }

    private static func document(_ code: RPCError.Code, _ message: String, _ data: JSONObject) -> JSONValue {
        let error: JSONValue = ["code": JSONValue(code.rawValue), "message": .string(message), "data": .object(data)]
        return ["jsonrpc": "2.0", "id": .null, "error": error]
    }

    /// Returns a response with such a body, and with `Retry-After` if the data has `retryAfterSeconds`.
    ///
    /// - Parameter code: the error's code; `nil` for the one that fits the status.
    static func response(_ status: Int, _ message: String, data: JSONObject, code: RPCError.Code? = nil) -> MCPHTTPResponse {
        let code = code ?? Self.code(status)
        var response = MCPHTTPResponse(
            status: status, headers: [("Content-Type", "application/json")], body: document(code, message, data).serialized())
        if let seconds = data["retryAfterSeconds"]?.intValue { response.headers.append(("Retry-After", String(seconds))) }
        response.rpcErrorCode = code.rawValue
        return response
    }
}
