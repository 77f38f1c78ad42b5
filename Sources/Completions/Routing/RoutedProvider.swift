internal import Citing
/// A chain of models: if the first fails, the next is tried. Once an answer has begun, no other model is tried.
public struct RoutedProvider: ChatProvider {
    private let chain: [ChatBackend]

    /// - Parameter chain: the requested model, then its fallbacks.
    public init(_ chain: [ChatBackend]) { self.chain = chain }

    /// Begins an answer and returns it once its first event is available; `ChatAnswer.backend` names its model.
    ///
    /// The usage of failed attempts is in `priorUsage` of the answer or of the error.
    ///
    /// - Throws: errors of the request itself and `.cancelled` at once; otherwise the error of the last model tried.
    public func answer(_ request: ChatRequest, for caller: ChatCaller) async throws(CompletionError) -> ChatAnswer {
        var failure = CompletionError(.modelUnavailable, "no model is available")
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
    /// Estimated prompt usage of the conversation and its sources.
    fileprivate var promptEstimate: TokenUsage {
        let bytes = textBytes + (sources ?? []).reduce(0) { $0 + $1.text.utf8.count }
        return .estimate(promptBytes: bytes, completionBytes: 0)
    }
}
