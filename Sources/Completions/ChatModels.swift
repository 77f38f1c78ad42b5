/// The models that can be asked: by name, and by who asks.
public struct ChatModels: Sendable {
    /// A model under the name that clients use.
    public struct Model: Sendable {
        public let name: String
        /// Answers for it, or has another model answer: see `RoutedProvider`.
        public let provider: any ChatProvider
        /// Whom `GET /v1/models` names as its owner.
        public let owner: String
        /// Models that answer where this one cannot, by name, in that order.
        public let fallbacks: [String]
        let backend: ChatBackend

        /// Whether its answers are made of what is retrieved and of nothing else.
        public var needsSources: Bool { backend.needsSources }
        /// How it fares, whoever asks.
        public var status: ChatBackendStatus { backend.status }
        /// What fits into it, where that is known.
        public var window: ContextWindow? { backend.contextTokens.map { ContextWindow(tokens: $0) } }

        /// - Parameter limits: `nil` for a model that has its own: it is asked at once, and once.
        public init(
            name: String, provider: any ChatProvider, owner: String, needsSources: Bool = false, contextTokens: Int? = nil,
            fallbacks: [String] = [], limits: BackendLimits? = nil
        ) {
            let backend = ChatBackend(
                name: name, provider: provider, needsSources: needsSources, contextTokens: contextTokens, limits: limits)
            self.init(backend, owner: owner, fallbacks: fallbacks)
        }

        public init(_ backend: ChatBackend, owner: String, fallbacks: [String] = []) {
            self.init(backend, provider: RoutedProvider([backend]), owner: owner, fallbacks: fallbacks)
        }

        private init(_ backend: ChatBackend, provider: any ChatProvider, owner: String, fallbacks: [String]) {
            (name, self.backend, self.provider, self.owner, self.fallbacks) = (backend.name, backend, provider, owner, fallbacks)
        }

        func answered(by provider: RoutedProvider) -> Model {
            Model(backend, provider: provider, owner: owner, fallbacks: fallbacks)
        }
    }

    /// In the order in which they are listed; by whom they may be used is another matter.
    public let all: [Model]
    private let policy: ModelPolicy
    private let everyone: ModelView
    private let tenants: [String: ModelView]

    /// - Parameters:
    ///   - all: names are taken to differ; of two alike the first counts.
    ///   - policy: names that are none in `all` are passed over.
    public init(_ all: [Model] = [], policy: ModelPolicy = ModelPolicy()) {
        (self.all, self.policy) = (all, policy)
        everyone = ModelView(all, policy: policy, tenant: nil)
        tenants = policy.tenants.mapValues { ModelView(all, policy: policy, tenant: $0) }
    }

    /// What there is for the tenant of that id.
    public subscript(tenant id: String) -> ModelView { tenants[id] ?? everyone }

    /// Answers where a request of a tenant without rules of its own names none.
    public var standard: Model? { everyone.standard }

    /// For a tenant without rules of its own.
    public subscript(name: String) -> Model? { everyone[name] }

    public func appending(_ model: Model) -> ChatModels { ChatModels(all + [model], policy: policy) }
}
