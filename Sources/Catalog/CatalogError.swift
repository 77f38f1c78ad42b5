/// What the catalog refuses or fails at.
public struct CatalogError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case tenantExists, tenantNotFound, keyNotFound, documentNotFound, jobNotFound
        case queueFull
        case unusable  // the file cannot be opened, or is no catalog of ours
    }
    public let code: Code
    /// For logs and for the operator: names and paths, never tenant text.
    public let detail: String

    public init(_ code: Code, _ detail: String) { (self.code, self.detail) = (code, detail) }

    public var description: String { detail }
}
