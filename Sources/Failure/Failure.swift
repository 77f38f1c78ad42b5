public import JSON

/// An error as a client sees it. HTTP, OpenAI-compatible routes, MCP, WebSocket and the command line render the same value.
public struct Failure: Error, Hashable, Sendable {
    /// The kind of error, from which each transport derives its own status.
    public enum Kind: String, CaseIterable, Sendable {
        /// The request is malformed, or a value in it is invalid.
        case invalid
        /// The key is missing or invalid.
        case unauthenticated
        /// The key may not do this.
        case forbidden
        /// The tenant's token quota is used up.
        case quotaExceeded
        /// The named thing does not exist, or belongs to another tenant.
        case notFound
        /// The current state does not allow this.
        case conflict
        /// The request or what it asks for exceeds a limit.
        case tooLarge
        /// The format is not supported.
        case unsupportedFormat
        /// The request is well-formed, but its content cannot be processed.
        case unprocessable
        /// The client sends requests faster than it may.
        case rateLimited
        /// The client did not send its request in time.
        case requestTimedOut
        /// The server is overloaded, starting or stopping: a later retry may succeed.
        case unavailable
        /// The storage is full or read-only.
        case storageUnavailable
        /// A provider failed.
        case upstreamFailed
        /// A provider, or the work for this request, did not finish in time.
        case deadlineExceeded
        /// The server has a bug, or its data is corrupt.
        case `internal`
        /// The stored version does not satisfy the condition of the request.
        case preconditionFailed
    }

    public var kind: Kind
    /// A stable code for programs, from a closed set.
    public var code: String
    /// A sentence for people: what is wrong, and what to change. It contains no tenant's text but the caller's own.
    public var detail: String
    /// The invalid field of the request.
    public var field: String?
    /// The number of seconds to wait before a retry; `nil` if unknown or if a retry is useless.
    public var retryAfterSeconds: Int?
    /// Values in addition to those that every failure has.
    public var members = JSONObject()

    public init(_ kind: Kind, code: String, _ detail: String, field: String? = nil, retryAfterSeconds: Int? = nil) {
        (self.kind, self.code, self.detail) = (kind, code, detail)
        (self.field, self.retryAfterSeconds) = (field, retryAfterSeconds)
    }

    /// Whether the same request may succeed later.
    public var isTemporary: Bool {
        switch kind {
        case .rateLimited, .unavailable, .storageUnavailable, .upstreamFailed, .deadlineExceeded: true
        case .invalid, .unauthenticated, .forbidden, .quotaExceeded, .notFound, .conflict, .tooLarge, .unsupportedFormat, .unprocessable,
            .requestTimedOut, .internal, .preconditionFailed:
            false
        }
    }

    public static func invalid(_ detail: String, field: String? = nil, code: String = "invalid_request") -> Failure {
        Failure(.invalid, code: code, detail, field: field)
    }

    public static func notFound(_ detail: String) -> Failure { Failure(.notFound, code: "not_found", detail) }

    public static func tooLarge(_ detail: String) -> Failure { Failure(.tooLarge, code: "too_large", detail) }

    /// Returns the failure with the field that caused it.
    public func at(_ field: String) -> Failure {
        var failure = self
        failure.field = field
        return failure
    }

    public static func overloaded(_ detail: String) -> Failure {
        Failure(.unavailable, code: "overloaded", detail, retryAfterSeconds: 1)
    }

    /// Returns the failure of a provider, with its Retry-After between 1 s and 1 h; 5 s if it has none.
    public static func upstream(_ kind: Kind, code: String, _ detail: String, retryAfterSeconds seconds: Int?) -> Failure {
        Failure(kind, code: code, detail, retryAfterSeconds: min(max(seconds ?? 5, 1), 3600))
    }

    public static let stopping = overloaded("the server is stopping; try again in a moment")

    public static let `internal` = Failure(.internal, code: "internal", "internal error; search the log for the request id")
}

extension Failure: CustomStringConvertible {
    public var description: String { detail }
}
