public import JSON

/// A prompt that a server offers: its definition and its handler.
public struct MCPPrompt<Principal: Sendable>: Sendable {
    public struct Argument: Sendable {
        public let name: String
        public let title: String
        public let description: String
        public let isRequired: Bool

        public init(name: String, title: String, description: String, isRequired: Bool) {
            (self.name, self.title, self.description, self.isRequired) = (name, title, description, isRequired)
        }
    }

    /// Returns the texts of the prompt's messages, all of the user.
    public typealias Handler = @Sendable (_ arguments: JSONFields, _ principal: Principal) async throws -> [String]

    public let name: String
    public let title: String
    public let description: String
    public let arguments: [Argument]
    let handler: Handler

    public init(name: String, title: String, description: String, arguments: [Argument], handler: @escaping Handler) {
        (self.name, self.title, self.description) = (name, title, description)
        (self.arguments, self.handler) = (arguments, handler)
    }

    func definition(_ revision: ProtocolRevision) -> JSONObject {
        let titled = revision.hasTitlesAndStructuredResults
        var prompt: JSONObject = ["name": .string(name)]
        if titled { prompt["title"] = .string(title) }
        prompt["description"] = .string(description)
        prompt["arguments"] = .array(
            arguments.map { argument in
                var object: JSONObject = ["name": .string(argument.name)]
                if titled { object["title"] = .string(argument.title) }
                object["description"] = .string(argument.description)
                object["required"] = .bool(argument.isRequired)
                return .object(object)
            })
        return prompt
    }
}
