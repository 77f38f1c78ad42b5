import JSON

extension MCPServer {
    /// The answers to the messages of a batch of 2025-03-26, one after the other and in their order. Notifications and
    /// responses get none.
    func batchAnswers(_ messages: [JSONValue], _ principal: Backend.Principal) async -> [JSONValue] {
        var answers: [JSONValue] = []
        for message in messages {
            switch RPCMessage(message) {
            case .notification, .response: continue
            case .invalid(let id, let reason):
                answers.append(RPCAnswer.error(.init(.invalidRequest, "Invalid request: \(reason)"), id: id))
            case .request(let request) where request.method == MCPMethod.initialize.rawValue || request.namesItsVersion:
                let error = RPCError(.invalidRequest, "Invalid request: \(request.method.prefix(80)) may not be in a batch")
                answers.append(RPCAnswer.error(error, id: request.id))
            case .request(let request):
                answers.append(await answer(request, principal: principal, revision: .march2025).message)
            }
        }
        return answers
    }
}
