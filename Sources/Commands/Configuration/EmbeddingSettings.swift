import Embeddings
import RemoteEmbeddings

/// The provider of embeddings.
enum EmbeddingProvider: String, CaseIterable, Sendable {
    /// An encoder in this process, with a model from a folder.
    case local
    /// A server that implements OpenAI's embeddings API.
    case openai
}

/// The section `embedding`.
enum EmbeddingSettings {
    static let provider = Setting<EmbeddingProvider>.choice("embedding.provider")
    /// The arithmetic precision of the local encoder.
    static let precision = Setting<EmbeddingPrecision>.choice("embedding.precision")
    /// The provider's name for the model; for the local provider, the model's folder.
    static let model = Setting<String>.text("embedding.model")
    static let baseURL = Setting<String>.sensitiveText("embedding.base_url", "must be a URL of 1 to 4096 bytes")
    static let keyVariable = Setting<String>.variableName("embedding.api_key_env")
    static let keyFile = Setting<String>.sensitiveText("embedding.api_key_file", "must be a path of 1 to 4096 bytes")
    static let dimension = Setting<Int>.integer("embedding.dimension", in: RemoteEmbeddingOptions.dimensions)
    static let maxTokens = Setting<Int>.integer("embedding.max_tokens", in: RemoteEmbeddingOptions.tokenLimits)
    static let batchTexts = Setting<Int>.integer("embedding.batch_texts", in: RemoteEmbeddingOptions.batchSizes)
    static let concurrency = Setting<Int>.integer("embedding.concurrency", in: RemoteEmbeddingOptions.concurrencies)
    static let timeoutSeconds = Setting<Double>.number("embedding.timeout_seconds", in: 0.1...3600)
    static let queryPrefix = Setting<String>.text("embedding.query_prefix", bytes: 0...1024)
    static let passagePrefix = Setting<String>.text("embedding.passage_prefix", bytes: 0...1024)
    /// Whether `/v1/embeddings` takes token ids for the model's own without `"token_ids": "model"` in the request.
    static let acceptTokenIDs = Setting<Bool>.flag("embedding.accept_token_ids")

    static let all: [any AnySetting] = [
        provider, precision, model, baseURL, keyVariable, keyFile, dimension, maxTokens, batchTexts, concurrency, timeoutSeconds,
        queryPrefix, passagePrefix, acceptTokenIDs,
    ]
}
