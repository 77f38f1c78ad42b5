/// A chain of models: what the first cannot answer, the next one does. Once an answer has begun it stays where it is.
public struct RoutedProvider: ChatProvider {
    private let chain: [ChatBackend]

    /// - Parameter chain: the model that is asked for, then those that stand in for it.
    public init(_ chain: [ChatBackend]) { self.chain = chain }

    /// Begins an answer whose first event is there; `ChatAnswer.backend` says whose it is.
    ///
    /// - Throws: at once what is the request's own fault, and `.cancelled`; else what the last model threw that was tried.
    public func answer(_ request: ChatRequest, for caller: ChatCaller) async throws(CompletionError) -> ChatAnswer {
        var failure = CompletionError(.modelUnavailable, "no model is there to answer")
        for (place, backend) in chain.enumerated() where place == 0 || backend.suits(request) {
            do throws(CompletionError) {
                return try await backend.answer(request, for: caller)
            } catch {
                guard error.mayFallBack, !Task.isCancelled else { throw error }
                failure = error
            }
        }
        throw failure
    }
}
