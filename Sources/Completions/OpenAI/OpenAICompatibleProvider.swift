internal import JSON
public import Upstream

/// A provider behind OpenAI's chat completions protocol: OpenAI, vLLM, Ollama, llama.cpp, LM Studio, another contextd.
///
/// It is always asked for a stream, so that a caller who goes away ends the work there, and there is one way of reading. A server
/// that answers in one piece all the same is read too.
public struct OpenAICompatibleProvider: ChatProvider {
    private let client: UpstreamClient
    private let options: OpenAIOptions

    public init(client: UpstreamClient, options: OpenAIOptions) { (self.client, self.options) = (client, options) }

    /// - Throws: as `CompletionError.Code` says of providers.
    public func answer(_ request: ChatRequest, for caller: ChatCaller) async throws(CompletionError) -> ChatAnswer {
        var sent = request
        sent.messages = ChatPrompt.messages(of: request)
        let stream: UpstreamStream
        do { stream = try await send(body(sent)) } catch { throw CompletionError(error) }
        let chunks = OpenAIChunks(promptBytes: sent.textBytes)
        return ChatAnswer(
            sources: request.sources ?? [], AnswerReader(stream, chunks, firstTokenTimeout: options.firstTokenTimeout))
    }

    private func body(_ request: ChatRequest) -> [UInt8] {
        var body = request.parameters
        body["model"] = .string(options.model)
        body["messages"] = .array(request.messages.map(JSONValue.object))
        body["stream"] = true
        body["stream_options"] = ["include_usage": true]
        return body.serialized()
    }

    /// Sends the request once: whether it is sent again is decided where answers are routed.
    private func send(_ body: [UInt8]) async throws(UpstreamError) -> UpstreamStream {
        var request = UpstreamRequest(.post, "/chat/completions", body: body)
        request.accept = "text/event-stream"
        request.timeouts = UpstreamTimeouts(firstByte: options.firstTokenTimeout, idle: options.idleTimeout)
        request.maximumAnswerBytes = options.maximumAnswerBytes
        request.retries = .none
        return try await client.stream(request)
    }
}
