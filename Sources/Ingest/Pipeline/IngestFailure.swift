/// Why one document could not become searchable. It fails alone; others of its batch go on.
public struct IngestFailure: Error, Sendable, CustomStringConvertible {
    /// A closed set of words for programs: those of `ExtractError.Code`, `embedding_rejected`, `embedding_failed`,
    /// `interrupted` and `internal`.
    public let code: String
    /// A sentence for the uploader; no document text.
    public let detail: String
    /// Whether another attempt at the same bytes may succeed, so that they are kept.
    public let isRetryable: Bool

    public init(code: String, detail: String, isRetryable: Bool = true) {
        (self.code, self.detail, self.isRetryable) = (code, detail, isRetryable)
    }

    public init(_ error: ExtractError) { self.init(code: error.code.rawValue, detail: error.detail, isRetryable: false) }

    /// Of a job during which the process ended again and again.
    static func interrupted(times: Int) -> IngestFailure {
        IngestFailure(
            code: "interrupted",
            detail: "the server stopped \(times) times while it processed this document alone; retry the job, or replace or delete the document")
    }

    static let notProcessed = IngestFailure(code: "internal", detail: "the document could not be processed")

    public var description: String { detail }
}
