import ByteText
import JSON

extension MCPServer {
    /// Handles `completion/complete`: returns ids of the principal's documents for the resource template, and no values for the
    /// prompt, whose argument is free text.
    func complete(_ params: JSONObject, _ principal: Backend.Principal) async throws(RPCError) -> MCPResult {
        let reference: Reference
        let value: String
        do {
            let fields = JSONFields(params)
            let argument = try fields.object("argument")
            reference = try Reference(fields.object("ref"), argument: argument.string("name"))
            value = try argument.string("value")
        } catch {
            throw RPCError(error)
        }
        switch reference {
        case .question: return completion([], total: 0)
        case .documentID:
            guard value.utf8.count <= limits.idBytes else { return completion([], total: 0) }
            let limit = min(limits.completions, 100)
            let found = try await calling(.complete) {
                try await backend.completeDocumentID(principal, prefix: value, limit: limit)
            }
            return completion(Array(found.values.prefix(limit)), total: found.total)
        }
    }

    private func completion(_ values: [String], total: Int) -> MCPResult {
        MCPResult([
            "completion": [
                "values": JSONValue(values), "total": JSONValue(total), "hasMore": .bool(total > values.count),
            ]
        ])
    }
}

/// An argument that can be completed.
private enum Reference {
    case documentID, question

    init(_ ref: JSONFields, argument: String) throws(JSONFieldError) {
        switch try ref.choice("type", of: ["ref/resource", "ref/prompt"]) {
        case "ref/resource":
            let uri = try ref.string("uri")
            guard uri.hasSameBytes(as: DocumentURI.template) || DocumentURI.id(in: uri) != nil else {
                throw JSONFieldError(path: "ref.uri", reason: "is not a resource template of this server")
            }
            guard argument.hasSameBytes(as: "id") else { throw JSONFieldError(path: "argument.name", reason: "must be id") }
            self = .documentID
        default:
            guard try ref.string("name").hasSameBytes(as: AnswerPrompt.name) else {
                throw JSONFieldError(path: "ref.name", reason: "is not a prompt of this server")
            }
            guard argument.hasSameBytes(as: AnswerPrompt.argument) else {
                throw JSONFieldError(path: "argument.name", reason: "must be \(AnswerPrompt.argument)")
            }
            self = .question
        }
    }
}
