import JSON

/// A response that is not an error.
struct APIResponse: Sendable {
    let status: Int
    private let description: String
    private let contents: [APIContent]
    private let headers: JSONObject

    /// - Parameter headers: the schemas of headers in addition to those of every response, by name.
    init(_ description: String, _ contents: APIContent..., status: Int = 200, headers: [APIHeader] = []) {
        (self.description, self.contents, self.status) = (description, contents, status)
        self.headers = APIHeader.json(of: headers)
    }

    static func json(_ schema: String, _ description: String, status: Int = 200, example: JSONValue) -> APIResponse {
        APIResponse(description, .json(schema, example: example), status: status)
    }

    var mediaTypes: [String] { contents.map(\.mediaType) }

    var json: JSONValue {
        var response: JSONObject = ["description": .string(description), "headers": .object(headers)]
        if !contents.isEmpty { response["content"] = APIContent.json(of: contents) }
        return .object(response)
    }
}

/// A header of a response.
struct APIHeader: Sendable {
    let name: String
    private let description: String
    private let schema: JSONValue

    init(_ name: String, _ description: String, _ schema: JSONValue = APISchema.string) {
        (self.name, self.description, self.schema) = (name, description, schema)
    }

    /// The headers, after the one that every response has.
    static func json(of headers: [APIHeader]) -> JSONObject {
        var object: JSONObject = ["X-Request-Id": ["$ref": "#/components/headers/RequestID"]]
        for header in headers { object[header.name] = ["description": .string(header.description), "schema": header.schema] }
        return object
    }

    /// The headers that many responses refer to.
    static let components: JSONValue = [
        "RequestID": [
            "description": "The request's id, as in the log: the client's `X-Request-Id` if it sent a valid one.", "required": true,
            "schema": ["type": "string", "minLength": 1, "maxLength": 128], "example": "req_nwh11i7gnscsmhha",
        ]
    ]
}
