public import JSON

/// The available models, by name and by tenant.
public struct ChatModels: Sendable {
    /// A model under its client-facing name.
    public struct Model: Sendable {
        /// Provider that answers, or passes the request on to a fallback: see `RoutedProvider`.
        public private(set) var provider: any ChatProvider
        /// Owner shown by `GET /v1/models`: never a provider's address, which tenants must not learn.
        public let owner: String
        /// Names of the fallback models, in the order in which they are tried.
        public let fallbacks: [String]
        let backend: ChatBackend

        public var name: String { backend.name }
        /// Whether the model answers from retrieved sources only.
        public var needsSources: Bool { backend.needsSources }
        /// Status of the model, across all callers.
        public var status: ChatBackendStatus { backend.status }
        /// Context window, if known.
        public var window: ContextWindow? { backend.contextTokens.map { ContextWindow(tokens: $0) } }

        /// - Parameter limits: `nil` for a model with limits of its own: each request is sent at once, without queue or retries.
        public init(
            name: String, provider: any ChatProvider, owner: String, needsSources: Bool = false, contextTokens: Int? = nil,
            fallbacks: [String] = [], limits: BackendLimits? = nil
        ) {
            backend = ChatBackend(
                name: name, provider: provider, needsSources: needsSources, contextTokens: contextTokens, limits: limits)
            self.provider = RoutedProvider([backend])
            (self.owner, self.fallbacks) = (owner, fallbacks)
        }

        /// - Throws: an error that names the first parameter that is invalid or not supported by the model itself.
        public func check(_ request: ChatRequest) throws(JSONFieldError) { try backend.check(request) }

        func answered(by provider: RoutedProvider) -> Model {
            var model = self
            model.provider = provider
            return model
        }
    }

    /// All models, in list order, regardless of which tenants may use them.
    public let all: [Model]
    private let policy: ModelPolicy
    private let everyone: ModelView
    private let tenants: [String: ModelView]

    /// - Parameters:
    ///   - all: models with distinct names; the first one counts if names repeat.
    ///   - policy: access and aliases; names that are not in `all` are ignored.
    public init(_ all: [Model] = [], policy: ModelPolicy = ModelPolicy()) {
        (self.all, self.policy) = (all, policy)
        everyone = ModelView(all, policy: policy, tenant: nil)
        tenants = policy.tenants.mapValues { ModelView(all, policy: policy, tenant: $0) }
    }

    /// Returns the models of the tenant with that id.
    public subscript(tenant id: String) -> ModelView { tenants[id] ?? everyone }

    /// Default model of tenants without rules of their own.
    public var defaultModel: Model? { everyone.defaultModel }

    /// Returns the model with that name or alias for tenants without rules of their own.
    public subscript(name: String) -> Model? { everyone[name] }

    public func appending(_ model: Model) -> ChatModels { ChatModels(all + [model], policy: policy) }
}
