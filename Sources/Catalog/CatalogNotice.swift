/// Something that the operator should know of the catalog, for whoever has a log or a terminal.
public struct CatalogNotice: Sendable, CustomStringConvertible {
    public enum Level: Sendable { case warning, error }

    public let level: Level
    /// The same text for each notice of its kind.
    public let message: String
    /// Numbers and names of files; never tenant text.
    public let facts: [String: String]

    public init(_ level: Level, _ message: String, _ facts: [String: String] = [:]) {
        (self.level, self.message, self.facts) = (level, message, facts)
    }

    public var description: String {
        facts.isEmpty ? message : message + " (" + facts.sorted { $0.key < $1.key }.map { "\($0): \($1)" }.joined(separator: ", ") + ")"
    }

    public typealias Handler = @Sendable (CatalogNotice) -> Void
}
