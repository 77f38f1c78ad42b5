import JSON

/// A parameter of a route: in its path, its query, or the headers of the request.
struct APIParameter: Sendable {
    enum Place: String, Sendable { case path, query, header }

    let name: String
    let place: Place
    private let description: String
    private let schema: JSONValue
    private let isRequired: Bool
    private let example: JSONValue?

    private init(
        _ name: String, in place: Place, _ description: String, _ schema: JSONValue, isRequired: Bool, example: JSONValue?
    ) {
        (self.name, self.place, self.description, self.schema) = (name, place, description, schema)
        (self.isRequired, self.example) = (isRequired, example)
    }

    /// A parameter in the path, which the path names as `:name`.
    static func path(_ name: String, _ description: String, _ schema: JSONValue, example: JSONValue? = nil) -> APIParameter {
        APIParameter(name, in: .path, description, schema, isRequired: true, example: example)
    }

    /// A parameter in the query. An array is a comma-separated list.
    static func query(
        _ name: String, _ description: String, _ schema: JSONValue, isRequired: Bool = false, example: JSONValue? = nil
    ) -> APIParameter {
        APIParameter(name, in: .query, description, schema, isRequired: isRequired, example: example)
    }

    /// A header of the request.
    static func header(
        _ name: String, _ description: String, _ schema: JSONValue, isRequired: Bool = false, example: JSONValue? = nil
    ) -> APIParameter {
        APIParameter(name, in: .header, description, schema, isRequired: isRequired, example: example)
    }

    /// The header that names a request, of the routes that create or cost something.
    static let idempotencyKey = header(
        "Idempotency-Key", "A name of the request, under which a repetition gets the first response.",
        APISchema.text(length: 1...255, pattern: "^[!-~]+$"))

    var json: JSONValue {
        var parameter: JSONObject = [
            "name": .string(name), "in": .string(place.rawValue), "description": .string(description), "schema": schema,
        ]
        if isRequired { parameter["required"] = true }
        if place == .query && schema["type"] == "array" { (parameter["style"], parameter["explode"]) = ("form", false) }
        parameter["example"] = example
        return .object(parameter)
    }
}
