public import Extraction
public import Scheduling

/// A reader of files that may be hostile.
public protocol DocumentExtracting: Sendable {
    /// - Parameter key: the client that the document belongs to; clients are served fairly, and share no process.
    /// - Throws: `ExtractError` if the document has no text to give; `WorkerUnavailable` and `WorkerPoolFull` if it was not tried, so that
    ///   a later attempt may succeed; `CancellationError`.
    func extract(_ document: DocumentToRead, for key: WorkKey) async throws -> ExtractedDocument
}

/// A file to extract, with what its sender said about it.
public struct DocumentToRead: Sendable {
    public enum Content: Sendable {
        case bytes([UInt8])
        /// A regular file, open for reading, which is mapped and must not be changed meanwhile.
        case file(OpenFile)
    }

    public let content: Content
    /// The declared `Content-Type`, with parameters.
    public let contentType: String?
    public let fileName: String?
    public let limits: ExtractLimits

    public init(_ content: Content, contentType: String?, fileName: String?, limits: ExtractLimits = ExtractLimits()) {
        (self.content, self.contentType, self.fileName, self.limits) = (content, contentType, fileName, limits)
    }

    /// The size of the file, in bytes.
    public var byteCount: Int {
        switch content {
        case .bytes(let bytes): bytes.count
        case .file(let file): file.byteCount
        }
    }
}
