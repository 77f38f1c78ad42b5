/// Something that answers conversations.
public protocol ChatProvider: Sendable {
    /// Begins an answer.
    ///
    /// What can be known of a failure before the first event is thrown here or by the first event; nothing is sent to a provider
    /// twice once it may have begun to answer.
    ///
    /// - Parameter caller: for whom: work of different callers takes turns, and nothing of theirs is shared.
    func answer(_ request: ChatRequest, for caller: ChatCaller) async throws(CompletionError) -> ChatAnswer
}
