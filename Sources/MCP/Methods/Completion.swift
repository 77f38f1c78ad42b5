import ByteText
import JSON

extension MCPServer {
    /// Handles `completion/complete`: returns values of the resource template's variable, and none for prompts, whose arguments
    /// are free text.
    func complete(_ params: JSONObject, _ principal: Principal) async throws(RPCError) -> MCPResult {
        let (isResource, value): (Bool, String)
        do {
            let fields = JSONFields(params)
            let argument = try fields.object("argument")
            isResource = try namesResource(fields.object("ref"), argument: argument.string("name"))
            value = try argument.string("value")
        } catch {
            throw RPCError(error)
        }
        guard isResource, let resources, value.utf8.count <= limits.idBytes else { return completion([], total: 0) }
        let limit = min(limits.completions, 100)
        let found = try await calling(.complete) { try await resources.complete(principal, value, limit) }
        return completion(Array(found.values.prefix(limit)), total: found.total)
    }

    private func completion(_ values: [String], total: Int) -> MCPResult {
        MCPResult([
            "completion": [
                "values": JSONValue(values), "total": JSONValue(total), "hasMore": .bool(total > values.count),
            ]
        ])
    }

    /// Returns whether the reference is the resource template; `false` for a prompt. Throws if the server has no such argument.
    private func namesResource(_ ref: JSONFields, argument: String) throws(JSONFieldError) -> Bool {
        switch try ref.choice("type", of: ["ref/resource", "ref/prompt"]) {
        case "ref/resource":
            let uri = try ref.string("uri")
            guard let resources, uri.hasSameBytes(as: resources.uriTemplate) || resources.matches(uri) else {
                throw JSONFieldError(path: "ref.uri", reason: "is not a resource template of this server")
            }
            guard argument.hasSameBytes(as: resources.variable) else {
                throw JSONFieldError(path: "argument.name", reason: "must be \(resources.variable)")
            }
            return true
        default:
            let name = try ref.string("name")
            guard let prompt = prompts.first(where: { $0.name.hasSameBytes(as: name) }) else {
                throw JSONFieldError(path: "ref.name", reason: "is not a prompt of this server")
            }
            guard prompt.arguments.contains(where: { $0.name.hasSameBytes(as: argument) }) else {
                let names = prompt.arguments.map(\.name).joined(separator: " or ")
                throw JSONFieldError(path: "argument.name", reason: "must be \(names)")
            }
            return false
        }
    }
}
