internal import JSON
public import Upstream

/// A provider with OpenAI's protocols for chat completions and text completions: OpenAI, vLLM, Ollama, llama.cpp, LM Studio, another
/// contextd.
///
/// Requests always ask for a stream, so that the provider stops when the caller disconnects, and there is one way to read responses. A
/// response in one piece is accepted too.
public struct OpenAICompatibleProvider: ChatProvider {
    private let client: UpstreamClient
    private let options: ProviderOptions

    public init(client: UpstreamClient, options: ProviderOptions) { (self.client, self.options) = (client, options) }

    /// - Throws: the provider errors of `CompletionError.Code`.
    public func answer(_ request: ChatRequest, for caller: ChatCaller) async throws(CompletionError) -> ChatAnswer {
        var sent = request
        sent.messages = ChatPrompt.messages(of: request)
        sent.prompt = request.prompt.map { ChatPrompt.continued($0, request.sources) }
        let path = sent.prompt == nil ? "/chat/completions" : "/completions"
        let chunks = OpenAIChunks(promptBytes: sent.prompt?.utf8.count ?? sent.textBytes)
        return try await client.answer(to: options.request(path, body(sent)), chunks, sources: request.sources)
    }

    private func body(_ request: ChatRequest) -> JSONObject {
        var body = request.parameters
        body["model"] = .string(options.model)
        if let prompt = request.prompt {
            body["prompt"] = .string(prompt)
        } else {
            body["messages"] = .array(request.messages.map(JSONValue.object))
        }
        body["stream"] = true
        body["stream_options"] = ["include_usage": true]
        return body
    }
}
