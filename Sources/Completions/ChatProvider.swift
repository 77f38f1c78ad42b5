/// Something that answers conversations.
public protocol ChatProvider: Sendable {
    /// Begins an answer.
    ///
    /// What can be known of a failure before the first event is thrown here or by the first event. A provider is asked
    /// once: `RoutedProvider` decides whether to ask again.
    ///
    /// - Parameter caller: for whom: work of different callers takes turns, and nothing of theirs is shared.
    func answer(_ request: ChatRequest, for caller: ChatCaller) async throws(CompletionError) -> ChatAnswer
}
