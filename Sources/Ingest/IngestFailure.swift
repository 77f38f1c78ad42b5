public import Extraction

/// The reason why one document could not be ingested. Other documents of its batch are not affected.
public struct IngestFailure: Error, Sendable, CustomStringConvertible {
    /// The stable error code: one of `ExtractError.Code`, `embedding_rejected`, `embedding_failed`, `precondition_failed`,
    /// `interrupted` or `internal`;
    /// remote uploads from the command line also use `server`.
    public let code: String
    /// The error message for the uploader, without document text.
    public let detail: String
    /// Whether a retry with the same bytes may succeed, so that the upload is kept.
    public let isRetryable: Bool

    public init(code: String, detail: String, isRetryable: Bool = true) {
        (self.code, self.detail, self.isRetryable) = (code, detail, isRetryable)
    }

    /// A document that exceeded a worker's limits or ended the worker may be read after limits are raised or contextd is updated.
    public init(_ error: ExtractError) {
        let mayBeRead = [.timedOut, .outOfMemory, .crashed].contains(error.code)
        self.init(code: error.code.rawValue, detail: error.detail, isRetryable: mayBeRead)
    }

    /// Returns the failure of a job during which the process ended `times` times.
    static func interrupted(times: Int) -> IngestFailure {
        IngestFailure(
            code: "interrupted",
            detail:
                "the server stopped \(times) times while it processed this document alone; retry the job, or replace or delete the document"
        )
    }

    static let notProcessed = IngestFailure(code: "internal", detail: "the document could not be processed")

    public var description: String { detail }
}
