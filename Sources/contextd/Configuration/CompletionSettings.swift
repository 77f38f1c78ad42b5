import ArgumentParser
import Completions
import Foundation
import JSON
import Upstream

/// The section `completions`: the models that answer, beside the one that is built in.
enum CompletionSettings {
    /// `{"NAME": {"provider": "openai", "model": "…", "base_url": "…", "api_key_env": "…"}}`: by the names that clients use.
    static let models = Setting<JSONObject>(
        name: "completions.models", rule: "must be an object of models by name", isQuotable: false, read: \.objectValue,
        parse: { (try? JSONValue(parsing: $0)) ?? .string($0) })

    static let all: [any AnySetting] = [models]
}

/// A model of a provider, as the settings say: checked, but its key not yet read.
struct CompletionModel {
    enum Key {
        case none
        case variable(String)
        case file(String)
    }

    enum Provider: String, CaseIterable {
        case openAI = "openai"
        case anthropic
    }

    let name: String
    let provider: Provider
    let options: OpenAIOptions
    let base: BaseURL
    let key: Key

    private static let known = ["provider", "model", "base_url", "api_key_env", "api_key_file", "first_token_seconds", "idle_seconds"]
    private static let maximumModels = 256

    /// - Throws: a usage error that names the setting.
    static func all(_ configuration: Configuration) throws -> [CompletionModel] {
        guard let entries = configuration.value(CompletionSettings.models) else { return [] }
        guard entries.count <= maximumModels else { throw ValidationError("completions.models: at most \(maximumModels) models") }
        return try entries.map { name, value in
            do { return try CompletionModel(name: name, value, configuration) } catch let error as JSONFieldError {
                throw ValidationError("\(error)")
            }
        }
    }

    private init(name: String, _ value: JSONValue, _ configuration: Configuration) throws {
        let shown = String(name.prefix(80))
        guard (1...256).contains(name.utf8.count), name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            throw ValidationError("completions.models: a model's name is 1 to 256 bytes of text")
        }
        guard name != ExtractiveModel.name else { throw ValidationError("completions.models: \"\(name)\" is the built-in model's name") }
        let path = "completions.models.\(shown)"
        guard let object = value.objectValue else { throw ValidationError("\(path) must be an object") }
        let fields = JSONFields(object, path: path)
        if let stranger = object.keys.first(where: { !Self.known.contains($0) }) {
            throw ValidationError(KnownSettings.unknown("\(path).\(stranger)", names: Self.known.map { "\(path).\($0)" }))
        }
        let provider = Provider(rawValue: try fields.choice("provider", of: Provider.allCases.map(\.rawValue))) ?? .openAI
        var options = OpenAIOptions(model: try fields.optionalString("model", bytes: 1...4096) ?? name)
        if let seconds = try fields.optionalDouble("first_token_seconds", in: 0.1...3600) { options.firstTokenTimeout = .seconds(seconds) }
        if let seconds = try fields.optionalDouble("idle_seconds", in: 0.1...3600) { options.idleTimeout = .seconds(seconds) }
        self.name = name
        self.provider = provider
        self.options = options
        do { base = try BaseURL(Self.secretive("base_url", fields) ?? provider.standardBase) } catch let error as UpstreamError {
            throw ValidationError("\(path).base_url: \(error.detail)")
        }
        switch (try Self.secretive("api_key_env", fields), try Self.secretive("api_key_file", fields)) {
        case (nil, nil): key = .none
        case (let variable?, nil): key = .variable(variable)
        case (nil, let file?): key = .file(configuration.path(file, of: CompletionSettings.models))
        case (_?, _?): throw ValidationError("\(path): api_key_env and api_key_file do not go together")
        }
    }

    /// Text that might hold a key, against all advice: a complaint does not repeat it.
    private static func secretive(_ name: String, _ fields: JSONFields) throws -> String? {
        guard let value = fields.value(name) else { return nil }
        guard let text = value.stringValue, (1...4096).contains(text.utf8.count) else {
            throw ValidationError("\(fields.path(of: name)) must be a string of 1 to 4096 bytes")
        }
        return text
    }

    /// - Throws: a usage error where the key is not where it should be.
    fileprivate func secret() throws -> Secret? {
        do throws(UpstreamError) {
            switch key {
            case .none: return nil
            case .variable(let name): return try Secret(variable: name, of: ProcessInfo.processInfo.environment)
            case .file(let path): return try Secret(file: path)
            }
        } catch {
            throw ValidationError("completions.models.\(name.prefix(80)): \(error.detail)")
        }
    }
}

extension CompletionModel.Provider {
    fileprivate var standardBase: String {
        switch self {
        case .openAI: EmbeddingSource.openAI
        case .anthropic: "https://api.anthropic.com"
        }
    }
}

extension CompletionModel {
    fileprivate func provider(_ key: Secret?, _ transport: UpstreamTransport) -> any ChatProvider {
        switch provider {
        case .openAI: return OpenAICompatibleProvider(client: UpstreamClient(base: base, key: key, transport: transport), options: options)
        case .anthropic:
            let client = UpstreamClient(base: base, key: key, keyHeader: .named("x-api-key"), transport: transport)
            let options = AnthropicOptions(
                model: options.model, firstTokenTimeout: options.firstTokenTimeout, idleTimeout: options.idleTimeout)
            return AnthropicProvider(client: client, options: options)
        }
    }
}

/// The models that answer, with the connections to their providers.
struct CompletionService {
    let models: ChatModels
    private let transport: UpstreamTransport?

    /// - Throws: a usage error where a key is not where it should be.
    init(_ configured: [CompletionModel]) throws {
        let transport = configured.isEmpty ? nil : UpstreamTransport()
        self.transport = transport
        models = ChatModels(
            try configured.compactMap { model in
                let key = try model.secret()
                guard let transport else { return nil }
                return ChatModels.Model(name: model.name, provider: model.provider(key, transport), owner: model.base.host)
            })
    }

    /// Ends what is under way and closes connections.
    func close() async { await transport?.shutDown() }
}
