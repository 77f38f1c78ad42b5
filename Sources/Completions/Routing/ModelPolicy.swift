/// An alias of a model.
public struct ModelAlias: Hashable, Sendable {
    public let name: String
    public let model: String

    public init(name: String, model: String) { (self.name, self.model) = (name, model) }
}

/// The access of tenants to models, and their aliases.
public struct ModelPolicy: Sendable {
    /// The rules of one tenant.
    public struct Tenant: Sendable {
        /// Models available to the tenant, also as fallbacks; `nil` for all.
        public var models: [String]?
        /// Default model; `nil` for that of everyone.
        public var defaultModel: String?
        /// Additional aliases; they take precedence over those for everyone.
        public var aliases: [ModelAlias]

        public init(models: [String]? = nil, defaultModel: String? = nil, aliases: [ModelAlias] = []) {
            (self.models, self.defaultModel, self.aliases) = (models, defaultModel, aliases)
        }
    }

    /// Default model; `nil` for the first one.
    public var defaultModel: String?
    public var aliases: [ModelAlias]
    /// Rules by tenant id.
    public var tenants: [String: Tenant]

    public init(defaultModel: String? = nil, aliases: [ModelAlias] = [], tenants: [String: Tenant] = [:]) {
        (self.defaultModel, self.aliases, self.tenants) = (defaultModel, aliases, tenants)
    }
}
