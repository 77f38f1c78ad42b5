/// The options of a remote embedder.
public struct RemoteEmbeddingOptions: Hashable, Sendable {
    /// The provider's name of the model.
    public var model: String
    /// Number of components of a vector; `nil` requests one vector at the start to learn it. It is not sent: responses must have it.
    public var dimension: Int?
    /// Maximum number of tokens sent of a text, as `TokenEstimate` counts; the rest is cut off.
    public var maxTokens: Int
    /// Maximum number of texts in one request to the provider.
    public var batchTexts: Int
    /// Maximum estimated number of tokens in one request; a longer text is sent alone.
    public var batchTokens: Int
    /// Maximum number of concurrent requests.
    public var concurrency: Int
    /// Timeout for the start of a response, and for each further part of it.
    public var timeout: Duration
    /// The prefixes of every query and every passage: `query: ` and `passage: ` for models that were trained with them.
    public var queryPrefix: String
    public var passagePrefix: String

    public static let dimensions = 1...65_536
    public static let tokenLimits = 16...1_000_000
    public static let batchSizes = 1...2048
    public static let concurrencies = 1...64

    public init(
        model: String, dimension: Int? = nil, maxTokens: Int = 512, batchTexts: Int = 64, batchTokens: Int = 16_384,
        concurrency: Int = 4, timeout: Duration = .seconds(30), queryPrefix: String = "", passagePrefix: String = ""
    ) {
        (self.model, self.dimension, self.maxTokens, self.concurrency, self.timeout) = (model, dimension, maxTokens, concurrency, timeout)
        (self.batchTexts, self.batchTokens) = (batchTexts, batchTokens)
        (self.queryPrefix, self.passagePrefix) = (queryPrefix, passagePrefix)
    }

    /// The options, with every number clamped to its range.
    var clamped: RemoteEmbeddingOptions {
        var options = self
        options.dimension = dimension.map { min(max($0, Self.dimensions.lowerBound), Self.dimensions.upperBound) }
        options.maxTokens = min(max(maxTokens, Self.tokenLimits.lowerBound), Self.tokenLimits.upperBound)
        options.batchTexts = min(max(batchTexts, Self.batchSizes.lowerBound), Self.batchSizes.upperBound)
        options.batchTokens = max(batchTokens, 1)
        options.concurrency = min(max(concurrency, Self.concurrencies.lowerBound), Self.concurrencies.upperBound)
        return options
    }
}
