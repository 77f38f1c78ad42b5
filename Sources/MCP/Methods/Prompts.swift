import ByteText
import JSON

extension MCPServer {
    func listPrompts(_ params: JSONObject, _ revision: ProtocolRevision) throws(RPCError) -> MCPResult {
        try refuseCursor(params)
        let titled = revision.hasTitlesAndStructuredResults
        var argument: JSONObject = ["name": .string(AnswerPrompt.argument)]
        if titled { argument["title"] = "Question" }
        argument["description"] = "The question to answer, in plain language."
        argument["required"] = true
        var prompt: JSONObject = ["name": .string(AnswerPrompt.name)]
        if titled { prompt["title"] = "Answer with context" }
        prompt["description"] = .string(AnswerPrompt.description)
        prompt["arguments"] = [.object(argument)]
        return MCPResult(["prompts": [.object(prompt)]], caching: .forAll)
    }

    /// Handles `prompts/get`: returns the question with the passages to answer it from.
    func getPrompt(_ params: JSONObject, _ principal: Backend.Principal) async throws(RPCError) -> MCPResult {
        guard case .string(let name)? = params["name"] else { throw .invalidParams("name must be a string") }
        guard name.hasSameBytes(as: AnswerPrompt.name) else { throw .invalidParams("Unknown prompt: \(name.shortened(toBytes: 80))") }
        let question = try question(params)
        let sources = try await calling(.promptsGet) { try await backend.context(principal, question: question) }
        let texts = [AnswerPrompt.sources(sources), AnswerPrompt.task(question)]
        let messages = texts.map { text -> JSONValue in
            ["role": "user", "content": ["type": "text", "text": .string(text)]]
        }
        return MCPResult(["description": .string(AnswerPrompt.description), "messages": .array(messages)])
    }

    private func question(_ params: JSONObject) throws(RPCError) -> String {
        let question: String
        do {
            question = try JSONFields(params).optionalObject("arguments")?.optionalString(AnswerPrompt.argument) ?? ""
        } catch {
            throw RPCError(error)
        }
        guard !isBlank(question) else { throw .invalidParams("arguments.question is required and must not be blank") }
        guard question.unicodeScalars.count <= limits.queryCharacters else {
            throw .invalidParams("arguments.question must be at most \(limits.queryCharacters) characters")
        }
        return question
    }

    func isBlank(_ text: String) -> Bool { text.unicodeScalars.allSatisfy(\.properties.isWhitespace) }
}
