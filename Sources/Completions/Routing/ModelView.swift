/// The models available to one tenant; others are not visible.
public struct ModelView: Sendable {
    /// Models in list order.
    public let models: [ChatModels.Model]
    public let aliases: [ModelAlias]
    /// Default model.
    public let defaultModel: ChatModels.Model?
    private let byName: [String: ChatModels.Model]

    /// - Parameters:
    ///   - all: models with distinct names; the first one counts if names repeat.
    ///   - tenant: rules of the tenant; `nil` if it has none of its own.
    init(_ all: [ChatModels.Model], policy: ModelPolicy, tenant: ModelPolicy.Tenant?) {
        let allowed = tenant?.models.map(Set.init)
        let visible = all.filter { allowed?.contains($0.name) ?? true }
        var byName = Dictionary(visible.map { ($0.name, $0) }) { first, _ in first }
        let models = visible.map { $0.answered(by: RoutedProvider(FallbackChains.chain(of: $0, in: byName))) }
        // Backwards, so that the first one counts.
        for model in models.reversed() { byName[model.name] = model }
        var aliases: [ModelAlias] = []
        for alias in (tenant?.aliases ?? []) + policy.aliases where byName[alias.name] == nil {
            guard let model = byName[alias.model] else { continue }
            byName[alias.name] = model
            aliases.append(alias)
        }
        (self.models, self.byName, self.aliases) = (models, byName, aliases)
        let names = [tenant?.defaultModel, policy.defaultModel]
        defaultModel = names.lazy.compactMap { $0.flatMap { byName[$0] } }.first ?? models.first
    }

    /// Returns the model with that name or alias.
    public subscript(name: String) -> ChatModels.Model? { byName[name] }

    /// All names and aliases, each with the owner of its model.
    public var listed: [(name: String, owner: String)] {
        models.map { ($0.name, $0.owner) } + aliases.compactMap { alias in byName[alias.model].map { (alias.name, $0.owner) } }
    }
}
