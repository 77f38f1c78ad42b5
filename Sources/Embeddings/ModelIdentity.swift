/// The identity of the model that produced a vector. Vectors of different identities are never compared.
public struct ModelIdentity: Hashable, Sendable {
    /// The name of the model's folder, such as `all-MiniLM-L6-v2`.
    public let name: String
    /// A fingerprint of what determines the vectors, as 16 hexadecimal digits: see `ModelFingerprint`.
    public let revision: String
    /// The arithmetic: `float32`, `int8` or `remote`.
    public let precision: String
    /// Number of components of a vector.
    public let dimension: Int
    /// Maximum number of tokens read per text, including [CLS] and [SEP]; the rest is cut off.
    public let maxTokens: Int
    /// Number of these tokens that the passage prompt takes.
    public let promptTokens: Int

    public init(name: String, revision: String, precision: String, dimension: Int, maxTokens: Int, promptTokens: Int = 0) {
        self.name = name
        self.revision = revision
        self.precision = precision
        self.dimension = dimension
        self.maxTokens = maxTokens
        self.promptTokens = promptTokens
    }

    /// All fields in one string, stored beside vectors: `all-MiniLM-L6-v2-float32-d384-t256-0123456789abcdef`.
    public var tag: String { "\(name)-\(precision)-d\(dimension)-t\(maxTokens)-\(revision)" }

    /// Returns the arithmetic that a tag names, or `nil` if the text is no tag. Names may contain hyphens, the other fields may not.
    public static func precision(ofTag tag: String) -> String? {
        let fields = tag.split(separator: "-", omittingEmptySubsequences: false)
        return fields.count >= 5 ? String(fields[fields.count - 4]) : nil
    }
}
