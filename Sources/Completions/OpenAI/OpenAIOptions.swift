/// How a provider that speaks OpenAI's protocol is used.
public struct OpenAIOptions: Sendable {
    /// The provider's name for the model.
    public var model: String
    /// From sending the request to the answer's head, and from there to its first part.
    public var firstTokenTimeout: Duration
    /// Between two later parts.
    public var idleTimeout: Duration
    /// Bytes of one answer with all that surrounds it.
    public var maximumAnswerBytes: Int

    public init(
        model: String, firstTokenTimeout: Duration = .seconds(120), idleTimeout: Duration = .seconds(60),
        maximumAnswerBytes: Int = 64 << 20
    ) {
        (self.model, self.firstTokenTimeout, self.idleTimeout) = (model, firstTokenTimeout, idleTimeout)
        self.maximumAnswerBytes = maximumAnswerBytes
    }
}
