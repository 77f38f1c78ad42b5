public import JSON

/// A tool that a server offers: its definition and its handler.
public struct MCPTool<Principal: Sendable>: Sendable {
    /// Returns the structured result of a call. Clients see what its errors say as a `Failure`: a `JSONFieldError` names an invalid argument.
    public typealias Handler = @Sendable (_ arguments: JSONFields, _ principal: Principal) async throws -> JSONObject

    public let name: String
    public let title: String
    /// The description for the model: what the tool does, and when to call it.
    public let description: String
    /// JSON Schema of the arguments.
    public let input: JSONObject
    /// JSON Schema of the result.
    public let output: JSONObject
    /// Whether calls change nothing.
    public let isReadOnly: Bool
    let handler: Handler

    public init(
        name: String, title: String, description: String, input: JSONObject, output: JSONObject, isReadOnly: Bool = true,
        handler: @escaping Handler
    ) {
        (self.name, self.title, self.description) = (name, title, description)
        (self.input, self.output, self.isReadOnly, self.handler) = (input, output, isReadOnly, handler)
    }

    func definition(_ revision: ProtocolRevision) -> JSONObject {
        var object: JSONObject = ["name": .string(name)]
        let structured = revision.hasTitlesAndStructuredResults
        if structured { object["title"] = .string(title) }
        object["description"] = .string(description)
        object["inputSchema"] = .object(input)
        if structured { object["outputSchema"] = .object(output) }
        guard revision.hasAnnotationsAndCompletions else { return object }
        object["annotations"] = [
            "title": .string(title), "readOnlyHint": .bool(isReadOnly), "destructiveHint": .bool(!isReadOnly),
            "idempotentHint": .bool(isReadOnly), "openWorldHint": false,
        ]
        return object
    }
}
