/// An error from loading a model or computing embeddings.
public struct EmbeddingError: Error, Sendable {
    public enum Code: String, Sendable, CaseIterable {
        /// The model folder, or a file in it, does not exist.
        case modelMissing
        /// A model file is invalid, and `detail` names the file and the field; or it was truncated while in use.
        case modelInvalid
        /// The model is valid, but this encoder does not support it; `detail` names the file and the field.
        case unsupported
        /// One request has more texts than `SentenceEncoder.maxTextsPerRequest`.
        case tooManyTexts
        /// A token sequence is empty, too long, or contains ids that the model does not accept.
        case invalidTokens
        /// The queue is full; retry later.
        case overloaded
        /// The caller's task was cancelled before its texts were embedded.
        case cancelled
        /// The encoder is being shut down.
        case shuttingDown
        /// The model returned NaN, ∞ or a zero vector for a text.
        case notFinite
        /// The embedding provider is unreachable, fails, or rejects every request, such as for an invalid key.
        case remoteUnavailable
        /// The provider limits the request rate; `retryAfterSeconds` is the wait that it requests, if any.
        case remoteBusy
        /// The provider did not respond in time.
        case remoteTimeout
        /// The provider rejected these texts.
        case remoteRejected
        /// The provider's response is invalid: wrong dimension, too few vectors, or not JSON.
        case remoteInvalid
    }

    /// The error code, from a closed set: suitable as a metric label.
    public let code: Code
    /// Details for logs: file names, fields, sizes; never the embedded text.
    public let detail: String
    /// Seconds to wait before a retry, if the provider requests a wait.
    public let retryAfterSeconds: Int?
    public let cause: (any Error)?

    public init(_ code: Code, _ detail: String, retryAfterSeconds: Int? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.retryAfterSeconds = retryAfterSeconds
        self.cause = cause
    }

    /// Whether the caller caused the error: a different request might have succeeded.
    public var isClientError: Bool {
        switch code {
        case .tooManyTexts, .invalidTokens, .cancelled: true
        case .modelMissing, .modelInvalid, .unsupported, .overloaded, .shuttingDown, .notFinite, .remoteUnavailable, .remoteBusy,
            .remoteTimeout, .remoteRejected, .remoteInvalid:
            false
        }
    }

    /// Whether the error is temporary and caused by neither the text nor the caller: the same request is retried later.
    public var isOutage: Bool {
        switch code {
        case .overloaded, .remoteUnavailable, .remoteBusy, .remoteTimeout, .remoteInvalid: true
        case .modelMissing, .modelInvalid, .unsupported, .tooManyTexts, .invalidTokens, .cancelled, .shuttingDown, .notFinite,
            .remoteRejected:
            false
        }
    }

    /// Returns the error for a model file with an invalid field.
    static func invalid(_ file: String, _ field: String, _ what: String) -> EmbeddingError {
        EmbeddingError(.modelInvalid, "\(file): \(field): \(what)")
    }

    /// Returns the error for a model file that requires an unsupported feature.
    static func unsupported(_ file: String, _ field: String, _ what: String) -> EmbeddingError {
        EmbeddingError(.unsupported, "\(file): \(field): \(what)")
    }
}

extension EmbeddingError: CustomStringConvertible {
    public var description: String { "\(code.rawValue): \(detail)" }
}
