public import JSON

/// A provider of answers to conversations.
public protocol ChatProvider: Sendable {
    /// Checks parameters that a provider on the network would check itself. By default all pass.
    ///
    /// - Throws: an error that names the first parameter that is invalid or not supported.
    func check(_ parameters: JSONObject) throws(JSONFieldError)

    /// Begins an answer.
    ///
    /// A failure before the first event is thrown here or by the first event. A provider sends a request once: `RoutedProvider` and
    /// `ChatBackend` decide about retries and fallbacks.
    ///
    /// - Parameter caller: caller of the request, for fair queueing and isolation between callers.
    func answer(_ request: ChatRequest, for caller: ChatCaller) async throws(CompletionError) -> ChatAnswer
}

extension ChatProvider {
    public func check(_ parameters: JSONObject) throws(JSONFieldError) {}
}
