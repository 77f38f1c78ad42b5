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
        public var standard: String?
        /// Additional aliases; they take precedence over those for everyone.
        public var aliases: [ModelAlias]

        public init(models: [String]? = nil, standard: String? = nil, aliases: [ModelAlias] = []) {
            (self.models, self.standard, self.aliases) = (models, standard, aliases)
        }
    }

    /// Default model; `nil` for the first one.
    public var standard: String?
    public var aliases: [ModelAlias]
    /// Rules by tenant id.
    public var tenants: [String: Tenant]

    public init(standard: String? = nil, aliases: [ModelAlias] = [], tenants: [String: Tenant] = [:]) {
        (self.standard, self.aliases, self.tenants) = (standard, aliases, tenants)
    }
}
