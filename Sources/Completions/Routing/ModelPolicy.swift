/// Another name for a model.
public struct ModelAlias: Hashable, Sendable {
    public let name: String
    public let model: String

    public init(name: String, model: String) { (self.name, self.model) = (name, model) }
}

/// Who may use which models, and under which names.
public struct ModelPolicy: Sendable {
    /// What differs for one tenant.
    public struct Tenant: Sendable {
        /// The models there are for the tenant, also to stand in for others; `nil`: all.
        public var models: [String]?
        /// Answers where a request names none; `nil`: as for everyone.
        public var standard: String?
        /// Beside those for everyone, and before them.
        public var aliases: [ModelAlias]

        public init(models: [String]? = nil, standard: String? = nil, aliases: [ModelAlias] = []) {
            (self.models, self.standard, self.aliases) = (models, standard, aliases)
        }
    }

    /// Answers where a request names none; `nil`: the first.
    public var standard: String?
    public var aliases: [ModelAlias]
    /// By the tenant's id.
    public var tenants: [String: Tenant]

    public init(standard: String? = nil, aliases: [ModelAlias] = [], tenants: [String: Tenant] = [:]) {
        (self.standard, self.aliases, self.tenants) = (standard, aliases, tenants)
    }
}
