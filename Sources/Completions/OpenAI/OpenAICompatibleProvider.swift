internal import JSON
public import Upstream

/// A provider with OpenAI's protocols for chat completions and text completions: OpenAI, vLLM, Ollama, llama.cpp, LM Studio, another
/// contextd.
///
/// Requests always ask for a stream, so that the provider stops when the caller disconnects, and there is one way to read responses. A
/// response in one piece is accepted too.
public struct OpenAICompatibleProvider: ChatProvider {
    private let client: UpstreamClient
    private let options: OpenAIOptions

    public init(client: UpstreamClient, options: OpenAIOptions) { (self.client, self.options) = (client, options) }

    /// - Throws: the provider errors of `CompletionError.Code`.
    public func answer(_ request: ChatRequest, for caller: ChatCaller) async throws(CompletionError) -> ChatAnswer {
        var sent = request
        sent.messages = ChatPrompt.messages(of: request)
        sent.prompt = request.prompt.map { ChatPrompt.continued($0, request.sources) }
        let path = sent.prompt == nil ? "/chat/completions" : "/completions"
        let stream: UpstreamStream
        do { stream = try await send(body(sent), to: path) } catch { throw CompletionError(error) }
        let chunks = OpenAIChunks(promptBytes: sent.prompt?.utf8.count ?? sent.textBytes)
        return ChatAnswer(
            sources: request.sources ?? [], AnswerReader(stream, chunks, firstTokenTimeout: options.firstTokenTimeout))
    }

    private func body(_ request: ChatRequest) -> [UInt8] {
        var body = request.parameters
        body["model"] = .string(options.model)
        if let prompt = request.prompt {
            body["prompt"] = .string(prompt)
        } else {
            body["messages"] = .array(request.messages.map(JSONValue.object))
        }
        body["stream"] = true
        body["stream_options"] = ["include_usage": true]
        return body.serialized()
    }

    /// Sends the request once: `ChatBackend` decides about retries.
    private func send(_ body: [UInt8], to path: String) async throws(UpstreamError) -> UpstreamStream {
        var request = UpstreamRequest(.post, path, body: body)
        request.accept = "text/event-stream"
        request.timeouts = UpstreamTimeouts(firstByte: options.firstTokenTimeout, idle: options.idleTimeout)
        request.maximumResponseBytes = options.maximumResponseBytes
        request.retries = .none
        return try await client.stream(request)
    }
}
