/// A provider of answers to conversations.
public protocol ChatProvider: Sendable {
    /// Begins an answer.
    ///
    /// A failure before the first event is thrown here or by the first event. A provider sends a request once: `RoutedProvider` and
    /// `ChatBackend` decide about retries and fallbacks.
    ///
    /// - Parameter caller: caller of the request, for fair queueing and isolation between callers.
    func answer(_ request: ChatRequest, for caller: ChatCaller) async throws(CompletionError) -> ChatAnswer
}
