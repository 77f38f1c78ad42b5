internal import Citing
internal import JSON

/// A model's context window, for prompt and answer together, estimated at three bytes per token, as sources are.
public struct ContextWindow: Sendable {
    public let tokens: Int

    public init(tokens: Int) { self.tokens = max(0, min(tokens, Self.maximumTokens)) }

    private static let bytesPerToken = 3
    /// Bytes of a message's role and of the template around it.
    private static let messageBytes = 16
    /// Bytes of the introduction to the sources and of each source's tags: see `SourcePrompt`, `SourceFence`.
    private static let introductionBytes = 600
    private static let tagBytes = 128
    /// Tokens reserved for an answer without a limit; at most a quarter of the window.
    private static let usualAnswerTokens = 1024
    /// Maximum window size; sums of a few such numbers do not overflow.
    private static let maximumTokens = 1 << 40

    /// Returns the number of tokens left for sources; negative if conversation and answer alone do not fit.
    public func roomForSources(_ request: ChatRequest) -> Int {
        let introduction = Self.introductionBytes / Self.bytesPerToken
        return roomLeft(request) - introduction
    }

    /// Returns the number of tokens that conversation and answer leave; negative if they do not fit.
    public func roomLeft(_ request: ChatRequest) -> Int {
        tokens - conversationTokens(request) - answerTokens(request)
    }

    /// Returns the estimated tokens of the conversation, without sources.
    public func conversationTokens(_ request: ChatRequest) -> Int {
        var bytes = request.textBytes + request.messages.count * Self.messageBytes
        for message in request.messages { bytes += message["tool_calls"]?.serialized().count ?? 0 }
        bytes += request.parameters["tools"]?.serialized().count ?? 0
        return (bytes + Self.bytesPerToken - 1) / Self.bytesPerToken
    }

    /// Returns the request's limit for the answer, or else the tokens reserved by default.
    public func answerTokens(_ request: ChatRequest) -> Int {
        let asked = (request.parameters["max_completion_tokens"] ?? request.parameters["max_tokens"])?.intValue
        guard let asked, asked >= 0 else { return min(Self.usualAnswerTokens, tokens / 4) }
        return min(asked, Self.maximumTokens)
    }

    /// Returns whether the request fits, including its sources.
    func holds(_ request: ChatRequest) -> Bool {
        guard let sources = request.sources else { return roomLeft(request) >= 0 }
        let bytes = sources.reduce(0) { $0 + $1.text.utf8.count + Self.tagBytes }
        return roomForSources(request) >= bytes / Self.bytesPerToken
    }
}
