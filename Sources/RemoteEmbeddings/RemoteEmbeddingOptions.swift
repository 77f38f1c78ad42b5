/// What is asked of a provider of embeddings.
public struct RemoteEmbeddingOptions: Hashable, Sendable {
    /// As the provider calls it.
    public var model: String
    /// Components of a vector; `nil` asks the provider once, at the start. It is not sent: it says what must come.
    public var dimension: Int?
    /// Tokens of a text that are sent at most, as `TokenEstimate` counts; what follows is cut off.
    public var maxTokens: Int
    /// Texts of one request to the provider, at most.
    public var batchTexts: Int
    /// Tokens of one request as estimated, at most; a longer text goes alone.
    public var batchTokens: Int
    /// Requests under way at once.
    public var concurrency: Int
    /// For an answer to begin, and for each further part of it.
    public var timeout: Duration
    /// Put before every query, every passage: `query: ` and `passage: ` for models that were trained so.
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
        self.model = model
        self.dimension = dimension
        self.maxTokens = maxTokens
        self.batchTexts = batchTexts
        self.batchTokens = batchTokens
        self.concurrency = concurrency
        self.timeout = timeout
        self.queryPrefix = queryPrefix
        self.passagePrefix = passagePrefix
    }

    /// With every number brought into its range.
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
