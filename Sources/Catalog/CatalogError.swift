/// What the catalog refuses or fails at.
public struct CatalogError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case tenantExists, tenantNotFound, keyNotFound, documentNotFound, jobNotFound
        case jobFinished, jobNotRetryable
        case queueFull
        case unusable  // the file cannot be opened, or is no catalog of ours
        case damaged  // what was read is not what was written
        case storageFull, storageReadOnly  // nothing can be written; reads go on
    }
    public let code: Code
    /// For logs and for the operator: names and paths, never tenant text.
    public let detail: String

    public init(_ code: Code, _ detail: String) { (self.code, self.detail) = (code, detail) }

    public var description: String { detail }

    /// Whether nothing could be written, for want of room or of the right: it may be possible later, and is no fault of what was written.
    public var isOfStorage: Bool {
        switch code {
        case .storageFull, .storageReadOnly: true
        case .tenantExists, .tenantNotFound, .keyNotFound, .documentNotFound, .jobNotFound, .jobFinished, .jobNotRetryable, .queueFull,
            .unusable, .damaged:
            false
        }
    }
}
