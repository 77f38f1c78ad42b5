import ArgumentParser
import Completions
import Foundation
import JSON
import Upstream

/// The validated settings of a provider's model. The API key is not read yet.
struct CompletionModel {
    enum Key {
        case none
        case variable(String)
        case file(String)
    }

    enum Provider: String, CaseIterable {
        case openAI = "openai"
        case anthropic

        fileprivate var defaultBaseURL: String {
            switch self {
            case .openAI: EmbeddingSource.openAI
            case .anthropic: "https://api.anthropic.com"
            }
        }
    }

    let name: String
    let provider: Provider
    let options: ProviderOptions
    let base: BaseURL
    let key: Key
    let connectTimeout: Duration
    let contextTokens: Int?
    let fallbacks: [String]
    let limits: BackendLimits

    private static let known = [
        "provider", "model", "base_url", "api_key_env", "api_key_file", "first_token_seconds", "idle_seconds", "connect_seconds",
        "attempts", "concurrency", "queue", "fallbacks", "context_tokens", "breaker_failures", "breaker_seconds",
    ]
    static let maximumModels = 256
    private static let maximumFallbacks = 16

    /// - Throws: a usage error that names the setting, or `JSONFieldError`.
    init(name: String, _ value: JSONValue, _ configuration: Configuration) throws {
        try CompletionSection.checkName(name, at: "completions.models")
        guard name != ExtractiveModel.name else { throw ValidationError("completions.models: \"\(name)\" is the built-in model's name") }
        let path = "completions.models.\(name.shortened(toBytes: 80))"
        let fields = try CompletionSection.fields(value, path: path, known: Self.known)
        let provider = Provider(rawValue: try fields.choice("provider", of: Provider.allCases.map(\.rawValue))) ?? .openAI
        var options = ProviderOptions(model: try fields.optionalString("model", bytes: 1...4096) ?? name)
        if let seconds = try fields.optionalDouble("first_token_seconds", in: 0.1...3600) { options.firstTokenTimeout = .seconds(seconds) }
        if let seconds = try fields.optionalDouble("idle_seconds", in: 0.1...3600) { options.idleTimeout = .seconds(seconds) }
        self.name = name
        self.provider = provider
        self.options = options
        connectTimeout = .seconds(try fields.optionalDouble("connect_seconds", in: 0.1...600) ?? 10)
        contextTokens = try fields.optionalInt("context_tokens", in: 256...100_000_000)
        fallbacks = try fields.optionalStrings("fallbacks", count: 0...Self.maximumFallbacks) ?? []
        limits = try Self.limits(fields)
        do { base = try BaseURL(Self.sensitiveText("base_url", fields) ?? provider.defaultBaseURL) } catch let error as UpstreamError {
            throw ValidationError("\(path).base_url: \(error.detail)")
        }
        switch (try Self.sensitiveText("api_key_env", fields), try Self.sensitiveText("api_key_file", fields)) {
        case (nil, nil): key = .none
        case (let variable?, nil): key = .variable(variable)
        case (nil, let file?): key = .file(configuration.path(file, of: CompletionSettings.models))
        case (_?, _?): throw ValidationError("\(path): set only one of api_key_env and api_key_file")
        }
    }

    private static func limits(_ fields: JSONFields) throws -> BackendLimits {
        var limits = BackendLimits()
        if let attempts = try fields.optionalInt("attempts", in: 1...10) { limits.retries = BackendLimits.retries(attempts: attempts) }
        if let concurrency = try fields.optionalInt("concurrency", in: BackendLimits.concurrencies) { limits.concurrency = concurrency }
        if let queue = try fields.optionalInt("queue", in: BackendLimits.queues) { limits.queue = queue }
        if let failures = try fields.optionalInt("breaker_failures", in: 0...1_000_000) {
            if failures == 0 { limits.circuit = .never } else { limits.circuit.failuresInRow = failures }
        }
        if let seconds = try fields.optionalDouble("breaker_seconds", in: 0.1...3600) { limits.circuit.openFor = .seconds(seconds) }
        return limits
    }

    /// Returns the text of a field that could contain an API key by mistake, so errors do not quote it.
    private static func sensitiveText(_ name: String, _ fields: JSONFields) throws -> String? {
        guard let value = fields.value(name) else { return nil }
        guard let text = value.stringValue, (1...4096).contains(text.utf8.count) else {
            throw ValidationError("\(fields.path(of: name)) must be a string of 1 to 4096 bytes")
        }
        return text
    }

    /// - Throws: a usage error if the API key cannot be read.
    func secret() throws -> Secret? {
        do throws(UpstreamError) {
            switch key {
            case .none: return nil
            case .variable(let name): return try Secret(variable: name, of: Console.current.variables)
            case .file(let path): return try Secret(file: path)
            }
        } catch {
            throw ValidationError("completions.models.\(name.shortened(toBytes: 80)): \(error.detail)")
        }
    }
}
