internal import Citing
internal import JSON
internal import Upstream

extension ProviderOptions {
    /// Returns a request for a stream, which is sent once: `ChatBackend` decides about retries.
    func request(_ path: String, _ body: JSONObject) -> UpstreamRequest {
        var request = UpstreamRequest(.post, path, body: body.serialized())
        request.accept = "text/event-stream"
        request.timeouts = UpstreamTimeouts(firstByte: firstTokenTimeout, idle: idleTimeout)
        request.maximumResponseBytes = maximumResponseBytes
        request.retries = .none
        return request
    }
}

extension UpstreamClient {
    /// Sends a request and returns the answer that its response begins.
    func answer(
        to request: UpstreamRequest, _ decoder: some AnswerDecoder, sources: [CitedSource]?
    ) async throws(CompletionError) -> ChatAnswer {
        let stream: UpstreamStream
        do { stream = try await self.stream(request) } catch { throw CompletionError(error) }
        let reader = AnswerReader(stream, decoder, firstTokenTimeout: request.timeouts.firstByte)
        let meter = reader.meter
        return ChatAnswer(
            sources: sources ?? [], events: ChatEvents { () async throws(CompletionError) in try await reader.next() },
            usageSoFar: { meter.soFar })
    }
}
