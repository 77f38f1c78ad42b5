/// Options of a provider with OpenAI's protocol.
public struct OpenAIOptions: Sendable {
    /// The provider's name for the model.
    public var model: String
    /// Timeout from sending the request to the response head, and from there to the first part of the answer.
    public var firstTokenTimeout: Duration
    /// Timeout between two later parts.
    public var idleTimeout: Duration
    /// Maximum size of a response body in bytes.
    public var maximumResponseBytes: Int

    public init(
        model: String, firstTokenTimeout: Duration = .seconds(120), idleTimeout: Duration = .seconds(60),
        maximumResponseBytes: Int = 64 << 20
    ) {
        (self.model, self.firstTokenTimeout, self.idleTimeout) = (model, firstTokenTimeout, idleTimeout)
        self.maximumResponseBytes = maximumResponseBytes
    }
}
