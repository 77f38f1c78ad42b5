import ArgumentParser
import JSON

/// The section `completions`: the models that answer beside the one that is built in, and who may use them.
enum CompletionSettings {
    /// `{"NAME": {"provider": "openai", "model": "…", "base_url": "…", "api_key_env": "…"}}`: by the names that clients use.
    static let models = object("completions.models", "must be an object of models by name")
    /// The model that answers where a request names none.
    static let standard = Setting<String>.text("completions.default", bytes: 1...256)
    /// `{"gpt-4o": "NAME"}`: other names for models.
    static let aliases = object("completions.aliases", "must be an object of model names by alias")
    /// How context is found where a request does not say.
    static let retrieval = object("completions.retrieval", "must be an object")
    /// What differs for tenants, by their ids.
    static let tenants = object("completions.tenants", "must be an object of tenants by id")

    static let all: [any AnySetting] = [models, standard, aliases, retrieval, tenants]

    private static func object(_ name: String, _ rule: String) -> Setting<JSONObject> {
        Setting(
            name: name, rule: rule, isQuotable: false, read: \.objectValue,
            parse: { (try? JSONValue(parsing: $0)) ?? .string($0) })
    }
}

/// A part of a setting that is an object with members of its own.
enum CompletionSection {
    /// The fields of an object all of whose members are known.
    ///
    /// - Throws: a usage error that names the member, and the one that was meant.
    static func fields(_ value: JSONValue, path: String, known: [String]) throws -> JSONFields {
        guard let object = value.objectValue else { throw ValidationError("\(path) must be an object") }
        if let stranger = object.first(where: { !known.contains($0.key) })?.key {
            throw ValidationError(KnownSettings.unknown("\(path).\(stranger)", names: known.map { "\(path).\($0)" }))
        }
        return JSONFields(object, path: path)
    }

    /// A name that was written by hand, short enough to be repeated.
    static func shown(_ name: String) -> String { KnownSettings.mayBeKey(name) ? "…" : name.shortened(toBytes: 80) }

    /// - Throws: a usage error where there is no such model, with the one that was meant.
    static func checkModel(_ name: String, among models: [String], at place: String) throws {
        guard !models.contains(name) else { return }
        let nearest = NearestName.to(name, among: models).map { "; did you mean \"\($0)\"?" } ?? ""
        throw ValidationError("\(place): there is no model \"\(shown(name))\"\(nearest)")
    }

    /// - Throws: a usage error where it cannot be a model's name.
    static func checkName(_ name: String, at place: String) throws {
        guard (1...256).contains(name.utf8.count), name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            throw ValidationError("\(place): a model's name is 1 to 256 bytes of text")
        }
    }
}
