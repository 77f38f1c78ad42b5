import ArgumentParser
public import Embeddings
public import Extraction
import Foundation
import RemoteEmbeddings
import Upstream

/// The embedder that the settings select: validated, but not opened yet.
enum EmbeddingSource {
    /// The precision is `nil` if no setting says it; then the data directory decides.
    case local(folder: URL, precision: EmbeddingPrecision?)
    case remote(RemoteEmbeddingOptions, base: BaseURL, key: Secret?)

    static let openAI = "https://api.openai.com/v1"

    /// - Throws: a usage error if settings are missing, invalid or conflicting.
    init(_ configuration: Configuration, model: ModelOptions) throws {
        switch configuration.value(EmbeddingSettings.provider) ?? .local {
        case .local:
            self = .local(
                folder: model.folder(
                    flagged: configuration.flag(EmbeddingSettings.model), configured: configuration.path(EmbeddingSettings.model)),
                precision: configuration.value(EmbeddingSettings.precision))
        case .openai:
            guard model.modelDir == nil else { throw ValidationError("--model-dir cannot be used with embedding.provider=openai") }
            self = try Self.remote(configuration)
        }
    }

    private static func remote(_ configuration: Configuration) throws -> EmbeddingSource {
        guard let name = configuration.value(EmbeddingSettings.model) else {
            throw ValidationError("embedding.provider=openai requires embedding.model, the provider's name for the model")
        }
        var options = RemoteEmbeddingOptions(model: name, dimension: configuration.value(EmbeddingSettings.dimension))
        if let tokens = configuration.value(EmbeddingSettings.maxTokens) { options.maxTokens = tokens }
        if let texts = configuration.value(EmbeddingSettings.batchTexts) { options.batchTexts = texts }
        if let requests = configuration.value(EmbeddingSettings.concurrency) { options.concurrency = requests }
        if let seconds = configuration.value(EmbeddingSettings.timeoutSeconds) { options.timeout = .seconds(seconds) }
        options.queryPrefix = configuration.value(EmbeddingSettings.queryPrefix) ?? ""
        options.passagePrefix = configuration.value(EmbeddingSettings.passagePrefix) ?? ""
        do {
            return .remote(
                options, base: try BaseURL(configuration.value(EmbeddingSettings.baseURL) ?? openAI), key: try key(configuration))
        } catch let error as UpstreamError {
            let setting =
                error.code == .badURL ? EmbeddingSettings.baseURL.name : "\(EmbeddingSettings.keyVariable.name) or _file"
            throw ValidationError("\(setting): \(error.detail)")
        }
    }

    private static func key(_ configuration: Configuration) throws -> Secret? {
        switch (configuration.value(EmbeddingSettings.keyVariable), configuration.path(EmbeddingSettings.keyFile)) {
        case (nil, nil): nil
        case (let variable?, nil): try Secret(variable: variable, of: Console.current.variables)
        case (nil, let path?): try Secret(file: path)
        case (_?, _?): throw ValidationError("set only one of embedding.api_key_env and embedding.api_key_file")
        }
    }
}

/// The opened embedder, and the token counter for its model.
struct EmbeddingService {
    let embedder: any Embedder
    let tokens: any TokenCounting
    private let transport: UpstreamTransport?

    /// - Parameter tags: the tags of the models whose vectors the data directory holds.
    /// - Throws: `EmbeddingError` if the model cannot be loaded or the provider cannot be reached.
    init(_ source: EmbeddingSource, beside tags: [String]) async throws {
        switch source {
        case .local(let folder, let precision):
            let encoder = try SentenceEncoder(folder: folder, precision: precision ?? EmbeddingPrecision(besideVectorsOf: tags))
            (embedder, tokens, transport) = (encoder, encoder.tokenizer, nil)
        case .remote(let options, let base, let key):
            let transport = UpstreamTransport()
            self.transport = transport
            do {
                embedder = try await RemoteEmbedder.connect(options, client: UpstreamClient(base: base, key: key, transport: transport))
            } catch {
                await transport.shutDown()
                throw error
            }
            tokens = EstimatedTokenCounter()
        }
    }

    /// Ends running requests and closes connections to the provider, if any.
    func close() async { await transport?.shutDown() }
}

extension WordPieceTokenizer: TokenCounting {}

/// A token counter for the chunker that estimates from the bytes, for models whose tokenizer is not available.
private struct EstimatedTokenCounter: TokenCounting {
    func tokenCount(_ text: Substring) -> Int { TokenEstimate.tokens(text.utf8) }
}
