import ArgumentParser
import JSON

/// The section `completions`: the models in addition to the built-in one, and the tenants that may use them.
enum CompletionSettings {
    /// The models by the names that clients use: `{"NAME": {"provider": "openai", "model": "…", "base_url": "…", "api_key_env": "…"}}`.
    static let models = object("completions.models", "must be an object that maps names to models")
    /// The default model, for requests that name no model.
    static let defaultModel = Setting<String>.text("completions.default", bytes: 1...256)
    /// Aliases of models: `{"gpt-4o": "NAME"}`.
    static let aliases = object("completions.aliases", "must be an object that maps aliases to model names")
    /// Retrieval defaults for requests that do not set them.
    static let retrieval = object("completions.retrieval", "must be an object")
    /// Overrides for tenants, by tenant id.
    static let tenants = object("completions.tenants", "must be an object that maps tenant ids to settings")

    static let all: [any AnySetting] = [models, defaultModel, aliases, retrieval, tenants]

    private static func object(_ name: String, _ rule: String) -> Setting<JSONObject> {
        Setting(
            name: name, rule: rule, isQuotable: false, read: \.objectValue,
            parse: { (try? JSONValue(parsing: $0)) ?? .string($0) })
    }
}

/// Helpers for settings whose value is an object with named members.
enum CompletionSection {
    /// Returns the fields of an object after checking that all its members are known.
    ///
    /// - Throws: a usage error that names the unknown member and suggests the nearest known one.
    static func fields(_ value: JSONValue, path: String, known: [String]) throws -> JSONFields {
        guard let object = value.objectValue else { throw ValidationError("\(path) must be an object") }
        if let stranger = object.first(where: { !known.contains($0.key) })?.key {
            throw ValidationError(KnownSettings.unknown("\(path).\(stranger)", names: known.map { "\(path).\($0)" }))
        }
        return JSONFields(object, path: path)
    }

    /// Returns the name for an error message: shortened, or `…` if it could be an API key.
    static func shown(_ name: String) -> String { KnownSettings.mayBeKey(name) ? "…" : name.shortened(toBytes: 80) }

    /// - Throws: a usage error if the model does not exist, with the nearest name as a suggestion.
    static func checkModel(_ name: String, among models: [String], at place: String) throws {
        guard !models.contains(name) else { return }
        let nearest = NearestName.to(name, among: models).map { "; did you mean \"\($0)\"?" } ?? ""
        throw ValidationError("\(place): there is no model \"\(shown(name))\"\(nearest)")
    }

    /// - Throws: a usage error if `name` is not a valid model name.
    static func checkName(_ name: String, at place: String) throws {
        guard (1...256).contains(name.utf8.count), name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            throw ValidationError("\(place): a model name must be 1 to 256 bytes without control characters")
        }
    }
}
