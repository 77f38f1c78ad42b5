import Answers
import Completions
import Upstream

/// The configured chat models, with the connections to their providers.
struct CompletionService {
    let models: ChatModels
    let retrieval: RetrievalPolicy
    /// One transport per connect timeout, because that timeout belongs to the connection pool.
    private let transports: [Duration: UpstreamTransport]

    /// - Throws: a usage error if a model's API key cannot be read.
    init(_ configuration: CompletionConfiguration) throws {
        let keys = try configuration.models.map { try $0.secret() }
        let transports = Self.transports(configuration.models)
        let models = zip(configuration.models, keys).compactMap { model, key -> ChatModels.Model? in
            guard let transport = transports[model.connectTimeout] else { return nil }
            return ChatModels.Model(
                name: model.name, provider: model.provider(key, transport), owner: model.provider.rawValue,
                contextTokens: model.contextTokens, fallbacks: model.fallbacks, limits: model.limits)
        }
        self.transports = transports
        self.models = ChatModels(models, policy: configuration.policy)
        retrieval = configuration.retrieval
    }

    /// Returns transports with enough connections for all models at full concurrency, even if they share one host.
    private static func transports(_ models: [CompletionModel]) -> [Duration: UpstreamTransport] {
        Dictionary(grouping: models, by: \.connectTimeout).mapValues { models in
            let connections = models.reduce(0) { $0 + $1.limits.concurrency }
            return UpstreamTransport(connectTimeout: models[0].connectTimeout, connectionsPerHost: max(256, connections))
        }
    }

    /// Ends running requests and closes connections.
    func close() async {
        for transport in transports.values { await transport.shutDown() }
    }
}

extension CompletionModel {
    fileprivate func provider(_ key: Secret?, _ transport: UpstreamTransport) -> any ChatProvider {
        switch provider {
        case .openAI: return OpenAICompatibleProvider(client: UpstreamClient(base: base, key: key, transport: transport), options: options)
        case .anthropic:
            let client = UpstreamClient(base: base, key: key, keyHeader: .named("x-api-key"), transport: transport)
            return AnthropicProvider(client: client, options: options)
        }
    }
}
