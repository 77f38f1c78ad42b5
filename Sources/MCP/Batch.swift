import Failure
import JSON

extension MCPServer {
    /// Processes a 2025-03-26 batch sequentially and returns its responses, in message order, as one JSON array. Notifications and
    /// responses in the batch get no response.
    ///
    /// Each response is serialized at once, so memory holds the output bytes and the values of one response. When the output reaches
    /// `limits.batchAnswerBytes` or there is no memory for more, the remaining requests get an error and are not processed.
    ///
    /// - Returns: `nil` if no message requires a response.
    /// - Throws: `RPCError` if the server does not admit that many requests at once.
    func batchAnswer(_ messages: [JSONValue], _ principal: Principal) async throws(RPCError) -> [UInt8]? {
        let places = try await places(for: messages.count, principal)
        defer { withExtendedLifetime(places) {} }
        var output: [UInt8] = []
        var isFull = false
        for message in messages {
            guard let answer = await answer(toMember: message, principal, isFull: isFull) else { continue }
            output.append(UInt8(ascii: output.isEmpty ? "[" : ","))
            answer.write(into: &output)
            let hasRoom = await admission.keep(principal, output.count)
            isFull = isFull || !hasRoom || output.count >= limits.batchAnswerBytes
        }
        guard !output.isEmpty else { return nil }
        output.append(UInt8(ascii: "]"))
        return output
    }

    private func answer(toMember message: JSONValue, _ principal: Principal, isFull: Bool) async -> JSONValue? {
        switch RPCMessage(message) {
        case .notification, .response: return nil
        case .invalid(let id, let reason):
            return RPCAnswer.error(.init(.invalidRequest, "Invalid request: \(reason)"), id: id)
        case .request(let request) where request.method == MCPMethod.initialize.rawValue || request.namesItsVersion:
            let error = RPCError(.invalidRequest, "Invalid request: \(request.method.shortened(toBytes: 80)) is not allowed in a batch")
            return RPCAnswer.error(error, id: request.id)
        case .request(let request) where isFull:
            let limit = limits.batchAnswerBytes
            let error = RPCError(.internalError, "the responses to this batch exceed \(limit) bytes; send this request in another batch")
            return RPCAnswer.error(error, id: request.id)
        case .request(let request):
            return await answer(request, principal: principal, revision: .march2025).message
        }
    }

    private func places(for messages: Int, _ principal: Principal) async throws(RPCError) -> (any Sendable)? {
        do {
            return try await admission.admit(principal, messages)
        } catch {
            throw rpcError("batch", error)
        }
    }
}
