import JSON

/// The content of a body or a response in one media type.
struct APIContent: Sendable {
    let mediaType: String
    /// The schema; `nil` for a stream of events, which is no value.
    private let schema: JSONValue?
    private let example: JSONValue?
    /// The name of the schema of each event or line of a stream.
    private let item: String?

    /// - Parameter schema: the name of a schema of `APISchema`.
    static func json(_ schema: String, example: JSONValue? = nil) -> APIContent {
        APIContent(mediaType: "application/json", schema: APISchema.ref(schema), example: example, item: nil)
    }

    /// Text, or bytes of a format that OpenAPI does not describe.
    static func text(_ mediaType: String, _ schema: JSONValue = APISchema.string, example: String? = nil) -> APIContent {
        APIContent(mediaType: mediaType, schema: schema, example: example.map(JSONValue.string), item: nil)
    }

    /// A form with files.
    static func form(_ schema: String) -> APIContent {
        APIContent(mediaType: "multipart/form-data", schema: APISchema.ref(schema), example: nil, item: nil)
    }

    /// Server-sent events, the data of each of which is JSON.
    static func events(of item: String, example: String) -> APIContent {
        APIContent(mediaType: "text/event-stream", schema: nil, example: .string(example), item: item)
    }

    /// Lines, each of which is JSON.
    static func lines(of item: String, example: String) -> APIContent {
        APIContent(mediaType: "application/x-ndjson", schema: APISchema.binary, example: .string(example), item: item)
    }

    /// The content of several media types, by media type.
    static func json(of contents: [APIContent]) -> JSONValue {
        var object = JSONObject()
        for content in contents { object[content.mediaType] = content.json }
        return .object(object)
    }

    private var json: JSONValue {
        var object = JSONObject()
        object["schema"] = schema
        object["example"] = example
        // OpenAPI 3.1 has no word for the parts of a stream; generators make a type of the schema nevertheless.
        object["x-item-schema"] = item.map(APISchema.ref)
        return .object(object)
    }
}

extension APIContent {
    /// A problem document.
    static func problem(example: JSONValue?) -> APIContent {
        APIContent(mediaType: ErrorFormat.problemType, schema: APISchema.ref("Problem"), example: example, item: nil)
    }
}
