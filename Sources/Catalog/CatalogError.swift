import Tenancy

/// An error of the catalog.
public struct CatalogError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case tenantExists, tenantNotFound, keyNotFound, documentNotFound, jobNotFound
        case jobFinished, jobNotRetryable
        case preconditionFailed  // the stored version does not satisfy the write's condition
        case queueFull
        case unusable  // the file cannot be opened, or is not a contextd catalog
        case damaged  // the stored data is corrupt
        case storageFull, storageReadOnly  // writes fail; reads still work
    }
    public let code: Code
    /// The message for logs and for the operator: names and paths, never tenant text.
    public let detail: String

    public init(_ code: Code, _ detail: String) { (self.code, self.detail) = (code, detail) }

    static func noTenant(_ id: TenantID) -> CatalogError { CatalogError(.tenantNotFound, "there is no tenant \(id)") }

    static let tooManyQueued = CatalogError(
        .queueFull, "this tenant has too many queued uploads; retry after some of them have finished")

    public var description: String { detail }

    /// Whether a write failed because the storage is full or read-only. A later retry may succeed; the written data is not at fault.
    public var isStorageError: Bool {
        switch code {
        case .storageFull, .storageReadOnly: true
        case .tenantExists, .tenantNotFound, .keyNotFound, .documentNotFound, .jobNotFound, .jobFinished, .jobNotRetryable,
            .preconditionFailed, .queueFull, .unusable, .damaged:
            false
        }
    }
}
