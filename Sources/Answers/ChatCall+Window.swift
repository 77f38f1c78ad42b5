import Completions
import Failure
import Retrieval

extension ChatCall {
    /// Returns the call with its sources limited to the room left in the model's context window.
    ///
    /// - Throws: `Failure` if the conversation and its answer do not fit, or leave no room for the sources when retrieval is on.
    func fitted(to model: ChatModels.Model) throws -> ChatCall {
        guard let window = model.window else { return self }
        guard let retrieval else {
            guard window.roomLeft(request) >= 0 else { throw tooLong(for: window) }
            return self
        }
        let room = window.roomForSources(request)
        guard room >= ContextRequest.tokenRange.lowerBound else { throw tooLong(for: window) }
        var call = self
        call.retrieval?.maximumContextTokens = min(retrieval.maximumContextTokens, room)
        return call
    }

    private func tooLong(for window: ContextWindow) -> Failure {
        let (conversation, answer) = (window.conversationTokens(request), window.answerTokens(request))
        let sources = retrieval == nil ? "" : ", and sources need at least \(ContextRequest.tokenRange.lowerBound)"
        return .invalid(
            "the context window is \(window.tokens) tokens; messages take about \(conversation), the answer may take \(answer)\(sources)",
            field: "messages", code: "context_length_exceeded")
    }
}
