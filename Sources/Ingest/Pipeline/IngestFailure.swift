/// Why one document could not become searchable. It fails alone; others of its batch go on.
public struct IngestFailure: Error, Sendable, CustomStringConvertible {
    /// A closed set of words for programs: those of `ExtractError.Code`, `embedding_rejected`, `embedding_failed` and `internal`.
    public let code: String
    /// A sentence for the uploader; no document text.
    public let detail: String

    public init(code: String, detail: String) { (self.code, self.detail) = (code, detail) }

    public init(_ error: ExtractError) { self.init(code: error.code.rawValue, detail: error.detail) }

    static let notProcessed = IngestFailure(code: "internal", detail: "the document could not be processed")

    public var description: String { detail }
}
