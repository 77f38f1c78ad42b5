import JSON

/// The description of a route in the OpenAPI document. It lacks the parameters in the path, which the route's path names.
struct APIOperation {
    /// A response that is not an error, with the content of each media type.
    struct Success {
        let description: String
        let content: JSONObject
        let status: Int
        let headers: JSONObject

        init(_ description: String, _ content: JSONObject = [:], status: Int = 200, headers: JSONObject = [:]) {
            (self.description, self.content, self.status, self.headers) = (description, content, status, headers)
        }

        static func json(_ schema: String, status: Int = 200) -> Success {
            Success(schema, ["application/json": .schema(schema)], status: status)
        }

        fileprivate var json: JSONValue {
            var response: JSONObject = ["description": .string(description)]
            if !content.isEmpty { response["content"] = .object(content) }
            if !headers.isEmpty { response["headers"] = .object(headers) }
            return .object(response)
        }
    }

    private let summary: String
    let query: JSONObject
    private let body: JSONObject
    private let needsKey: Bool
    let successes: [Success]

    /// - Parameters:
    ///   - query: the schemas of the query's parameters.
    ///   - body: the content of the body's media types.
    ///   - needsKey: whether a request needs a key. If not, no errors are described.
    init(
        _ summary: String, query: JSONObject = [:], body: JSONObject = [:], needsKey: Bool = true, returns successes: Success...
    ) {
        (self.summary, self.query, self.body, self.needsKey, self.successes) = (summary, query, body, needsKey, successes)
    }

    func json(pathParameters names: [String]) -> JSONValue {
        let parameters: [JSONValue] =
            names.map { ["name": .string($0), "in": "path", "required": true, "schema": ["type": "string"]] }
            + query.map { ["name": .string($0), "in": "query", "schema": $1] }
        var operation: JSONObject = ["summary": .string(summary)]
        if !needsKey { operation["security"] = [] }
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if !body.isEmpty { operation["requestBody"] = ["required": true, "content": .object(body)] }
        var responses: JSONObject = [:]
        for success in successes { responses["\(success.status)"] = success.json }
        if needsKey { responses["default"] = ["$ref": "#/components/responses/Problem"] }
        operation["responses"] = .object(responses)
        return .object(operation)
    }
}

extension JSONValue {
    /// The content of a media type, by the name of its schema.
    static func schema(_ name: String) -> JSONValue { ["schema": APISchema.ref(name)] }
}
