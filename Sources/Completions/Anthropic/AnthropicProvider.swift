internal import JSON
public import Upstream

/// A provider behind Anthropic's Messages protocol.
///
/// Requests always ask for a stream; a response in one piece is accepted too. Sources are sent as `search_result` blocks, and the
/// provider's citations of them become markers `[n]` in the text. Each request is sent once.
///
/// Source: the Messages API of version 2023-06-01, with "Streaming messages" and "Search results".
public struct AnthropicProvider: ChatProvider {
    private static let version = "2023-06-01"

    private let client: UpstreamClient
    private let options: ProviderOptions

    /// - Parameter client: HTTP client that sends its key in the header `x-api-key`; its base URL ends before or with `/v1`.
    public init(client: UpstreamClient, options: ProviderOptions) { (self.client, self.options) = (client, options) }

    /// - Throws: the provider errors of `CompletionError.Code`; `.providerRejected` also for content without an equivalent in the protocol,
    ///   `.noQuestion` if there are only system messages.
    public func answer(_ request: ChatRequest, for caller: ChatCaller) async throws(CompletionError) -> ChatAnswer {
        let conversation = try AnthropicConversation(request)
        let path = client.base.text.hasSuffix("/v1") ? "/messages" : "/v1/messages"
        var message = options.request(path, try body(request, conversation))
        message.headers = [("anthropic-version", Self.version)]
        let decoder = AnthropicEvents(sources: request.sources, promptBytes: conversation.textBytes)
        return try await client.answer(to: message, decoder, sources: request.sources)
    }

    private func body(_ request: ChatRequest, _ conversation: AnthropicConversation) throws(CompletionError) -> JSONObject {
        var body: JSONObject = ["model": .string(options.model)]
        if !conversation.system.isEmpty { body["system"] = .array(conversation.system) }
        body["messages"] = .array(conversation.messages)
        for (name, value) in try AnthropicParameters.translated(request.parameters, defaultMaximumTokens: options.defaultMaximumTokens) {
            body[name] = value
        }
        body["stream"] = true
        return body
    }
}
