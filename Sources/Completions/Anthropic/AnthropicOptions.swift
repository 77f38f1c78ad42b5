/// Options of a provider with Anthropic's protocol.
public struct AnthropicOptions: Sendable {
    /// The provider's name for the model.
    public var model: String
    /// Timeout from sending the request to the response head, and from there to the first part of the answer.
    public var firstTokenTimeout: Duration
    /// Timeout between two later parts.
    public var idleTimeout: Duration
    /// Maximum size of a response body in bytes.
    public var maximumResponseBytes: Int
    /// Maximum number of tokens of an answer if the request sets none, since this protocol requires a limit.
    public var defaultMaximumTokens: Int

    public init(
        model: String, firstTokenTimeout: Duration = .seconds(120), idleTimeout: Duration = .seconds(60),
        maximumResponseBytes: Int = 64 << 20, defaultMaximumTokens: Int = 4096
    ) {
        (self.model, self.firstTokenTimeout, self.idleTimeout) = (model, firstTokenTimeout, idleTimeout)
        (self.maximumResponseBytes, self.defaultMaximumTokens) = (maximumResponseBytes, defaultMaximumTokens)
    }
}
