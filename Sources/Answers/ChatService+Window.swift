import Completions
import Failure
import Retrieval

extension ChatService {
    /// Returns the token limit for sources: the requested maximum, or the room left in the model's context window if that is smaller.
    ///
    /// - Throws: `Failure` if the conversation and its answer do not fit, or leave no room for the sources when retrieval is on.
    static func contextTokens(_ call: ChatCall, _ model: ChatModels.Model) throws -> Int {
        let wanted = call.retrieval?.maximumContextTokens ?? 0
        guard let window = model.window else { return wanted }
        guard call.retrieval != nil else {
            guard window.roomLeft(call.request) >= 0 else { throw tooLong(call, window) }
            return 0
        }
        let room = window.roomForSources(call.request)
        guard room >= ContextRequest.tokenRange.lowerBound else { throw tooLong(call, window) }
        return min(wanted, room)
    }

    private static func tooLong(_ call: ChatCall, _ window: ContextWindow) -> Failure {
        let (conversation, answer) = (window.conversationTokens(call.request), window.answerTokens(call.request))
        let sources = call.retrieval == nil ? "" : ", and sources need at least \(ContextRequest.tokenRange.lowerBound)"
        return .invalid(
            "the context window is \(window.tokens) tokens; messages take about \(conversation), the answer may take \(answer)\(sources)",
            field: "messages", code: "context_length_exceeded")
    }
}
