/// What can go wrong between a text and its vector.
public struct EmbeddingError: Error, Sendable {
    public enum Code: String, Sendable, CaseIterable {
        /// The model's folder, or a file in it, is not there.
        case modelMissing
        /// A file of the model is there and wrong; `detail` names the file and the field.
        case modelInvalid
        /// The model is sound but of a kind this encoder does not run; `detail` names the file and the field.
        case unsupported
        /// One request holds more texts than `SentenceEncoder.maxTextsPerRequest`.
        case tooManyTexts
        /// Token ids that the model does not have, none at all, or more than it takes.
        case invalidTokens
        /// The queue is full: try again later.
        case overloaded
        /// The caller's task was cancelled before its texts were embedded.
        case cancelled
        /// The encoder is being shut down.
        case shuttingDown
        /// The model gave NaN or ∞ for a text, or a vector without a direction.
        case notFinite
        /// The provider that embeds cannot be reached, fails, or will not serve us at all.
        case remoteUnavailable
        /// The provider has too much to do: `retryAfterSeconds` says when to come again, if it does.
        case remoteBusy
        /// The provider did not answer in time.
        case remoteTimeout
        /// The provider refuses these texts.
        case remoteRejected
        /// The provider's answer is not what was asked for: another dimension, fewer vectors, no JSON.
        case remoteInvalid
    }

    /// Closed and bounded: fit for a metric label.
    public let code: Code
    /// For logs: file names, fields, sizes; never text.
    public let detail: String
    /// What a provider asks to wait, where it does.
    public let retryAfterSeconds: Int?
    public let cause: (any Error)?

    public init(_ code: Code, _ detail: String, retryAfterSeconds: Int? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.retryAfterSeconds = retryAfterSeconds
        self.cause = cause
    }

    /// Whether asking differently would have helped.
    public var isCallersFault: Bool {
        switch code {
        case .tooManyTexts, .invalidTokens, .cancelled: true
        case .modelMissing, .modelInvalid, .unsupported, .overloaded, .shuttingDown, .notFinite, .remoteUnavailable, .remoteBusy,
            .remoteTimeout, .remoteRejected, .remoteInvalid:
            false
        }
    }

    /// Whether it lies at neither text nor caller and passes with time: the same will be tried again, later.
    public var isOutage: Bool {
        switch code {
        case .overloaded, .remoteUnavailable, .remoteBusy, .remoteTimeout, .remoteInvalid: true
        case .modelMissing, .modelInvalid, .unsupported, .tooManyTexts, .invalidTokens, .cancelled, .shuttingDown, .notFinite,
            .remoteRejected:
            false
        }
    }

    /// A file of the model that does not say what it should.
    static func invalid(_ file: String, _ field: String, _ what: String) -> EmbeddingError {
        EmbeddingError(.modelInvalid, "\(file): \(field): \(what)")
    }

    /// A file of the model that asks for what is not built.
    static func unsupported(_ file: String, _ field: String, _ what: String) -> EmbeddingError {
        EmbeddingError(.unsupported, "\(file): \(field): \(what)")
    }
}

extension EmbeddingError: CustomStringConvertible {
    public var description: String { "\(code.rawValue): \(detail)" }
}
