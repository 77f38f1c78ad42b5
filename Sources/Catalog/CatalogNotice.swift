/// A message about the catalog for the operator, to be logged or printed.
public struct CatalogNotice: Sendable, CustomStringConvertible {
    public enum Level: Sendable { case warning, error }

    public let level: Level
    /// A constant text for each kind of notice.
    public let message: String
    /// Numbers and file names; never tenant text.
    public let facts: [String: String]

    public init(_ level: Level, _ message: String, _ facts: [String: String] = [:]) {
        (self.level, self.message, self.facts) = (level, message, facts)
    }

    public var description: String {
        facts.isEmpty ? message : message + " (" + facts.sorted { $0.key < $1.key }.map { "\($0): \($1)" }.joined(separator: ", ") + ")"
    }

    public typealias Handler = @Sendable (CatalogNotice) -> Void
}
