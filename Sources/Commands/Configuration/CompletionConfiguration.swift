import Answers
import ArgumentParser
import Completions
import ContextServer
import JSON
import Retrieval
import Tenancy

/// The validated section `completions`: every model name in it refers to an existing model.
struct CompletionConfiguration {
    let models: [CompletionModel]
    let policy: ModelPolicy
    let retrieval: RetrievalPolicy

    private static let maximumAliases = 1024
    private static let maximumTenants = 10_000

    /// - Throws: a usage error that names the setting.
    init(_ configuration: Configuration) throws {
        do {
            models = try Self.models(configuration)
            let names = models.map(\.name) + [ExtractiveModel.name]
            var policy = ModelPolicy(defaultModel: configuration.value(CompletionSettings.defaultModel))
            if let defaultModel = policy.defaultModel {
                try CompletionSection.checkModel(defaultModel, among: names, at: CompletionSettings.defaultModel.name)
            }
            policy.aliases = try Self.aliases(configuration.value(CompletionSettings.aliases), names, CompletionSettings.aliases.name)
            let everyone = try Self.retrieval(configuration.value(CompletionSettings.retrieval), CompletionSettings.retrieval.name)
            var defaults: [String: RetrievalDefaults] = [:]
            let tenants = configuration.value(CompletionSettings.tenants) ?? [:]
            guard tenants.count <= Self.maximumTenants else {
                throw ValidationError("\(CompletionSettings.tenants.name) must have at most \(Self.maximumTenants) tenants")
            }
            for (id, value) in tenants {
                let path = "\(CompletionSettings.tenants.name).\(CompletionSection.shown(id))"
                guard TenantID(id) != nil else { throw ValidationError("\(path): invalid tenant id") }
                let fields = try CompletionSection.fields(value, path: path, known: ["models", "default", "aliases", "retrieval"])
                policy.tenants[id] = try Self.tenant(fields, names)
                defaults[id] = try Self.retrieval(fields.optionalObject("retrieval")?.object, "\(path).retrieval")
            }
            self.policy = policy
            retrieval = RetrievalPolicy(everyone: everyone, tenants: defaults)
        } catch let error as JSONFieldError {
            throw ValidationError("\(error)")
        }
    }

    private static func models(_ configuration: Configuration) throws -> [CompletionModel] {
        let entries = configuration.value(CompletionSettings.models) ?? [:]
        guard entries.count <= CompletionModel.maximumModels else {
            throw ValidationError("completions.models must have at most \(CompletionModel.maximumModels) models")
        }
        let models = try entries.map { name, value in try CompletionModel(name: name, value, configuration) }
        let names = models.map(\.name) + [ExtractiveModel.name]
        for model in models {
            for fallback in model.fallbacks {
                try CompletionSection.checkModel(
                    fallback, among: names, at: "completions.models.\(model.name.shortened(toBytes: 80)).fallbacks")
            }
        }
        if let cycle = FallbackChains.cycle(models.map { ($0.name, $0.fallbacks) }) {
            let names = cycle.prefix(20).map { "\"\(CompletionSection.shown($0))\"" }.joined(separator: " → ")
            throw ValidationError("completions.models: the fallbacks form a cycle: \(names)")
        }
        return models
    }

    /// - Parameter names: the model names that aliases may refer to. An alias must not equal one of them.
    private static func aliases(_ object: JSONObject?, _ names: [String], _ path: String) throws -> [ModelAlias] {
        let object = object ?? [:]
        guard object.count <= maximumAliases else { throw ValidationError("\(path) must have at most \(maximumAliases) aliases") }
        return try object.map { name, value in
            try CompletionSection.checkName(name, at: path)
            let place = "\(path).\(CompletionSection.shown(name))"
            guard let model = value.stringValue else { throw ValidationError("\(place) must be a model name") }
            guard !names.contains(name) else { throw ValidationError("\(place) must not have the name of a model") }
            try CompletionSection.checkModel(model, among: names, at: place)
            return ModelAlias(name: name, model: model)
        }
    }

    private static func tenant(_ fields: JSONFields, _ names: [String]) throws -> ModelPolicy.Tenant {
        var tenant = ModelPolicy.Tenant()
        tenant.models = try fields.optionalStrings("models", count: 1...CompletionModel.maximumModels + 1)
        for name in tenant.models ?? [] { try CompletionSection.checkModel(name, among: names, at: fields.path(of: "models")) }
        let own = tenant.models ?? names
        tenant.defaultModel = try fields.optionalString("default", bytes: 1...256)
        if let defaultModel = tenant.defaultModel {
            try CompletionSection.checkModel(defaultModel, among: own, at: fields.path(of: "default"))
        }
        tenant.aliases = try aliases(fields.optionalObject("aliases")?.object, own, fields.path(of: "aliases"))
        return tenant
    }

    private static func retrieval(_ object: JSONObject?, _ path: String) throws -> RetrievalDefaults {
        let fields = try CompletionSection.fields(
            .object(object ?? [:]), path: path, known: ["enabled", "limit", "max_context_tokens", "mode"])
        return RetrievalDefaults(
            isEnabled: try fields.optionalBool("enabled"), limit: try fields.optionalInt("limit", in: 1...SearchRequest.maximumLimit),
            maximumContextTokens: try fields.optionalInt("max_context_tokens", in: ContextRequest.tokenRange),
            mode: try fields.optionalChoice("mode", of: SearchMode.allCases.map(\.rawValue)).flatMap(SearchMode.init(rawValue:)))
    }
}
