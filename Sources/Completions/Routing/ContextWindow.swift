internal import Citing
internal import JSON

/// What fits into a model: prompt and answer together, by an estimate of three bytes to a token, which is what sources are counted by.
public struct ContextWindow: Sendable {
    public let tokens: Int

    public init(tokens: Int) { self.tokens = max(0, min(tokens, Self.mostTokens)) }

    private static let bytesPerToken = 3
    /// A message's role and what its template puts around it.
    private static let messageBytes = 16
    /// The words that introduce sources, and the tags of each: see `SourcePrompt`, `SourceFence`.
    private static let introductionBytes = 600
    private static let tagBytes = 128
    /// Left for an answer whose length nobody bounds; a quarter of a small window.
    private static let usualAnswerTokens = 1024
    /// No window is larger, and sums of a few do not overflow.
    private static let mostTokens = 1 << 40

    /// Tokens that sources may take beside the conversation and its answer; less than 0 where these alone do not fit.
    public func roomForSources(_ request: ChatRequest) -> Int {
        let introduction = Self.introductionBytes / Self.bytesPerToken
        return roomLeft(request) - introduction
    }

    /// Tokens that the conversation and its answer leave; less than 0 where they do not fit.
    public func roomLeft(_ request: ChatRequest) -> Int {
        tokens - conversationTokens(request) - answerTokens(request)
    }

    /// The conversation by itself, without sources.
    public func conversationTokens(_ request: ChatRequest) -> Int {
        var bytes = request.textBytes + request.messages.count * Self.messageBytes
        for message in request.messages { bytes += message["tool_calls"]?.serialized().count ?? 0 }
        bytes += request.parameters["tools"]?.serialized().count ?? 0
        return (bytes + Self.bytesPerToken - 1) / Self.bytesPerToken
    }

    /// What the request asks for, or else what an answer usually takes.
    public func answerTokens(_ request: ChatRequest) -> Int {
        let asked = (request.parameters["max_completion_tokens"] ?? request.parameters["max_tokens"])?.intValue
        guard let asked, asked >= 0 else { return min(Self.usualAnswerTokens, tokens / 4) }
        return min(asked, Self.mostTokens)
    }

    /// Whether all of the request fits, its sources too.
    func holds(_ request: ChatRequest) -> Bool {
        guard let sources = request.sources else { return roomLeft(request) >= 0 }
        let bytes = sources.reduce(0) { $0 + $1.text.utf8.count + Self.tagBytes }
        return roomForSources(request) >= bytes / Self.bytesPerToken
    }
}
