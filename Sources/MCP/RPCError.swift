import Failure
import JSON

/// A JSON-RPC error, as sent to the client.
struct RPCError: Error, Hashable, Sendable {
    enum Code: Int, Sendable {
        case parseError = -32700
        case invalidRequest = -32600
        case methodNotFound = -32601
        case invalidParams = -32602
        case internalError = -32603
        /// Used in handshake revisions only; modern revisions send `invalidParams` instead.
        case resourceNotFound = -32002
        case headerMismatch = -32020
        case unsupportedProtocolVersion = -32022
    }

    let code: Code
    let message: String
    var data: JSONValue?
    /// The time to wait before a retry, in seconds; set only for temporary server errors.
    var retryAfterSeconds: Int?

    init(_ code: Code, _ message: String, data: JSONValue? = nil) {
        (self.code, self.message, self.data) = (code, message, data)
    }

    static func invalidParams(_ message: String) -> RPCError { RPCError(.invalidParams, message) }
    static let internalError = RPCError(.internalError, "Internal error")

    static func methodNotFound(_ method: String) -> RPCError {
        RPCError(.methodNotFound, "Method not found: \(method.shortened(toBytes: 80))")
    }

    static func resourceNotFound(_ uri: String) -> RPCError {
        RPCError(.resourceNotFound, "Resource not found", data: ["uri": .string(uri)])
    }

    static func headerMismatch(_ detail: String) -> RPCError { RPCError(.headerMismatch, "Header mismatch: \(detail)") }

    static func unsupportedVersion(_ requested: String) -> RPCError {
        let supported = ProtocolRevision.modern.map(\.rawValue)
        return RPCError(
            .unsupportedProtocolVersion, "Unsupported protocol version",
            data: ["supported": JSONValue(supported), "requested": .string(requested)])
    }

    /// Returns the error with the code that `revision` uses for it.
    func translated(for revision: ProtocolRevision) -> RPCError {
        guard code == .resourceNotFound, revision.isModern else { return self }
        return RPCError(.invalidParams, message, data: data)
    }
}

extension RPCError {
    /// Converts a backend error that was thrown outside of a tool call.
    init(_ failure: Failure) {
        guard failure.isTemporary else {
            self.init(.invalidParams, failure.detail)
            return
        }
        self.init(.internalError, failure.detail, data: failure.retryAfterSeconds.map { ["retryAfterSeconds": JSONValue($0)] })
        retryAfterSeconds = failure.retryAfterSeconds ?? 1
    }

    init(_ error: JSONFieldError) { self.init(.invalidParams, error.description) }
}
