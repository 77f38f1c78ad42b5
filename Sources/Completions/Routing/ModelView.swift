/// The models as one tenant sees them. What it may not use is not there.
public struct ModelView: Sendable {
    /// In the order in which they are listed.
    public let models: [ChatModels.Model]
    public let aliases: [ModelAlias]
    /// Answers where a request names none.
    public let standard: ChatModels.Model?
    private let byName: [String: ChatModels.Model]

    /// - Parameters:
    ///   - all: names are taken to differ; of two alike the first counts.
    ///   - tenant: `nil` for one without rules of its own.
    init(_ all: [ChatModels.Model], policy: ModelPolicy, tenant: ModelPolicy.Tenant?) {
        let allowed = tenant?.models.map(Set.init)
        let visible = all.filter { allowed?.contains($0.name) ?? true }
        let chains = FallbackChains(visible)
        let models = visible.map { $0.answered(by: RoutedProvider(chains.chain(of: $0))) }
        var byName = Dictionary(models.map { ($0.name, $0) }) { first, _ in first }
        var aliases: [ModelAlias] = []
        for alias in (tenant?.aliases ?? []) + policy.aliases where byName[alias.name] == nil {
            guard let model = byName[alias.model] else { continue }
            byName[alias.name] = model
            aliases.append(alias)
        }
        (self.models, self.byName, self.aliases) = (models, byName, aliases)
        let names = [tenant?.standard, policy.standard]
        standard = names.lazy.compactMap { $0.flatMap { byName[$0] } }.first ?? models.first
    }

    /// By its own name or another one.
    public subscript(name: String) -> ChatModels.Model? { byName[name] }

    /// Every name that can be asked for, with the owner of what answers.
    public var listed: [(name: String, owner: String)] {
        models.map { ($0.name, $0.owner) } + aliases.compactMap { alias in byName[alias.model].map { (alias.name, $0.owner) } }
    }
}
