import ByteText
import JSON

extension MCPServer {
    func listPrompts(_ params: JSONObject, _ revision: ProtocolRevision) throws(RPCError) -> MCPResult {
        try refuseCursor(params)
        return MCPResult(["prompts": .array(prompts.map { .object($0.definition(revision)) })], caching: .forAll)
    }

    /// Handles `prompts/get`: returns the messages of a prompt.
    func getPrompt(_ params: JSONObject, _ principal: Principal) async throws(RPCError) -> MCPResult {
        guard case .string(let name)? = params["name"] else { throw .invalidParams("name must be a string") }
        guard let prompt = prompts.first(where: { $0.name.hasSameBytes(as: name) }) else {
            throw .invalidParams("Unknown prompt: \(name.shortened(toBytes: 80))")
        }
        let texts = try await calling(.promptsGet) {
            let arguments = try JSONFields(params).optionalObject("arguments") ?? JSONFields([:], path: "arguments")
            return try await prompt.handler(arguments, principal)
        }
        let messages = texts.map { text -> JSONValue in
            ["role": "user", "content": ["type": "text", "text": .string(text)]]
        }
        return MCPResult(["description": .string(prompt.description), "messages": .array(messages)])
    }
}
