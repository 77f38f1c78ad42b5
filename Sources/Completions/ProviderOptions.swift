/// Options of a provider's model.
public struct ProviderOptions: Sendable {
    /// The provider's name for the model.
    public var model: String
    /// Timeout from sending the request to the response head, and from there to the first part of the answer.
    public var firstTokenTimeout = Duration.seconds(120)
    /// Timeout between two later parts.
    public var idleTimeout = Duration.seconds(60)
    /// Maximum size of a response body in bytes.
    public var maximumResponseBytes = 64 << 20
    /// Maximum number of tokens of an answer if the request sets none, for Anthropic's protocol, which requires a limit.
    public var defaultMaximumTokens = 4096

    public init(model: String) { self.model = model }
}
