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
        /// The model gave NaN or ∞ for a text.
        case notFinite
    }

    /// Closed and bounded: fit for a metric label.
    public let code: Code
    /// For logs: file names, fields, sizes; never text.
    public let detail: String
    public let cause: (any Error)?

    public init(_ code: Code, _ detail: String, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.cause = cause
    }

    /// Whether asking differently would have helped.
    public var isCallersFault: Bool {
        switch code {
        case .tooManyTexts, .invalidTokens, .cancelled: true
        case .modelMissing, .modelInvalid, .unsupported, .overloaded, .shuttingDown, .notFinite: false
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
