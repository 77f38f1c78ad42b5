/// Which model made a vector. Vectors of different identities are never compared.
public struct ModelIdentity: Hashable, Sendable {
    /// The name of the model's folder, such as `all-MiniLM-L6-v2`.
    public let name: String
    /// 16 hexadecimal digits over what decides the vectors: see `ModelFingerprint`.
    public let revision: String
    /// The arithmetic: `float32`.
    public let precision: String
    /// Components of a vector.
    public let dimension: Int
    /// Tokens of a text that are read, [CLS] and [SEP] among them; what follows is cut off.
    public let maxTokens: Int
    /// Of these, tokens of the prompt before a passage.
    public let promptTokens: Int

    public init(name: String, revision: String, precision: String, dimension: Int, maxTokens: Int, promptTokens: Int = 0) {
        self.name = name
        self.revision = revision
        self.precision = precision
        self.dimension = dimension
        self.maxTokens = maxTokens
        self.promptTokens = promptTokens
    }

    /// All of it in one word, to be stored beside vectors: `all-MiniLM-L6-v2-float32-d384-t256-0123456789abcdef`.
    public var tag: String { "\(name)-\(precision)-d\(dimension)-t\(maxTokens)-\(revision)" }
}
