internal import Citing
/// A chain of models: what the first cannot answer, the next one does. Once an answer has begun it stays where it is.
public struct RoutedProvider: ChatProvider {
    private let chain: [ChatBackend]

    /// - Parameter chain: the model that is asked for, then those that stand in for it.
    public init(_ chain: [ChatBackend]) { self.chain = chain }

    /// Begins an answer whose first event is there; `ChatAnswer.backend` says whose it is.
    ///
    /// What the others cost that were tried is in `priorUsage`, of the answer or of the error.
    ///
    /// - Throws: at once what is the request's own fault, and `.cancelled`; else what the last model threw that was tried.
    public func answer(_ request: ChatRequest, for caller: ChatCaller) async throws(CompletionError) -> ChatAnswer {
        var failure = CompletionError(.modelUnavailable, "no model is there to answer")
        var cost: TokenUsage?
        for (place, backend) in chain.enumerated() where place == 0 || backend.suits(request) {
            do throws(CompletionError) {
                var answer = try await backend.answer(request, for: caller)
                answer.priorUsage = cost
                return answer
            } catch {
                failure = error
                failure.priorUsage = cost
                guard error.mayFallBack, !Task.isCancelled else { throw failure }
                cost = Self.sum(cost, error.cost(ofPrompt: request.promptEstimate))
            }
        }
        throw failure
    }

    private static func sum(_ cost: TokenUsage?, _ more: TokenUsage) -> TokenUsage? {
        more.total > 0 ? cost.map { $0 + more } ?? more : cost
    }
}

extension ChatRequest {
    /// Of the conversation and its sources.
    fileprivate var promptEstimate: TokenUsage {
        let bytes = textBytes + (sources ?? []).reduce(0) { $0 + $1.text.utf8.count }
        return .estimate(promptBytes: bytes, completionBytes: 0)
    }
}
