import JSON

/// The schemas of bodies and responses in the OpenAPI document, which routes name.
///
/// A request's optional member may be `null`, which counts as absent. A request has `additionalProperties` exactly as the server reads
/// it: `false` where an unknown member is an error, `true` where it is ignored or passed on. Responses may get new members.
enum APISchema {
    static let all: JSONObject = [documents, jobs, searching, answers, completions, embeddings, usage, protocols, problems]
        .reduce(into: JSONObject()) { all, part in for (name, schema) in part { all[name] = schema } }
}

// The shapes that the schemas and the parameters of routes consist of.
extension APISchema {
    static let string: JSONValue = ["type": "string"]
    static let binary: JSONValue = ["type": "string", "format": "binary"]
    static let bool: JSONValue = ["type": "boolean"]
    private static let null: JSONValue = ["type": "null"]
    static let number: JSONValue = ["type": "number"]
    static let count: JSONValue = ["type": "integer", "format": "int64", "minimum": 0]
    static let time: JSONValue = ["type": "string", "format": "date-time"]
    /// Where a page ended. Only the server makes cursors.
    static let cursor = text("An opaque text.", length: 1...8192)
    /// Any object.
    static let anyObject: JSONValue = ["type": "object", "additionalProperties": true]

    static func ref(_ name: String) -> JSONValue { ["$ref": .string("#/components/schemas/\(name)")] }

    static func integer(_ range: ClosedRange<Int>, default value: Int? = nil) -> JSONValue {
        var schema: JSONObject = ["type": "integer", "minimum": .init(range.lowerBound), "maximum": .init(range.upperBound)]
        schema["default"] = value.map { .init($0) }
        return .object(schema)
    }

    static func choice(_ values: [String], default value: String? = nil) -> JSONValue {
        var schema: JSONObject = ["type": "string", "enum": .init(values)]
        schema["default"] = value.map(JSONValue.string)
        return .object(schema)
    }

    static func constant(_ value: String) -> JSONValue { choice([value]) }

    static func text(_ description: String? = nil, length: ClosedRange<Int>? = nil, pattern: String? = nil) -> JSONValue {
        var schema: JSONObject = ["type": "string"]
        schema["description"] = description.map(JSONValue.string)
        if let length {
            if length.lowerBound > 0 { schema["minLength"] = .init(length.lowerBound) }
            schema["maxLength"] = .init(length.upperBound)
        }
        schema["pattern"] = pattern.map(JSONValue.string)
        return .object(schema)
    }

    static func array(of items: JSONValue, count: ClosedRange<Int>? = nil) -> JSONValue {
        var schema: JSONObject = ["type": "array", "items": items]
        if let count { (schema["minItems"], schema["maxItems"]) = (.init(count.lowerBound), .init(count.upperBound)) }
        return .object(schema)
    }

    /// Returns the schema of a value that may also be `null`.
    static func nullable(_ schema: JSONValue) -> JSONValue {
        guard var object = schema.objectValue, let type = object["type"] else {
            guard var object = schema.objectValue, let forms = object["anyOf"]?.arrayValue else { return ["anyOf": [schema, null]] }
            object["anyOf"] = .array(forms + [null])
            return .object(object)
        }
        object["type"] = .array((type.arrayValue ?? [type]) + ["null"])
        if let values = object["enum"]?.arrayValue { object["enum"] = .array(values + [.null]) }
        return .object(object)
    }

    static func described(_ description: String, _ schema: JSONValue) -> JSONValue { with(schema, "description", .string(description)) }

    static func with(_ schema: JSONValue, _ keyword: String, _ value: JSONValue) -> JSONValue {
        guard var object = schema.objectValue else { return schema }
        object[keyword] = value
        return .object(object)
    }

    /// An object of a response.
    ///
    /// - Parameter optional: names of the properties that may be absent.
    static func object(_ properties: JSONObject, optional: [String] = [], description: String? = nil) -> JSONValue {
        var schema: JSONObject = [
            "type": "object", "properties": .object(properties), "required": .init(properties.keys.filter { !optional.contains($0) }),
        ]
        schema["description"] = description.map(JSONValue.string)
        return .object(schema)
    }

    /// An object of a request.
    ///
    /// - Parameters:
    ///   - required: names of the required members; all others may be absent or `null`.
    ///   - isOpen: whether there may be other members.
    static func request(
        _ properties: JSONObject, required: [String], isOpen: Bool = false, description: String? = nil
    ) -> JSONValue {
        var members = JSONObject()
        for (name, schema) in properties { members[name] = required.contains(name) ? schema : nullable(schema) }
        var schema: JSONObject = ["type": "object", "properties": .object(members), "additionalProperties": .bool(isOpen)]
        if !required.isEmpty { schema["required"] = .init(required) }
        schema["description"] = description.map(JSONValue.string)
        return .object(schema)
    }
}

extension JSONObject {
    /// Returns the members of `a`, and then those of `b`.
    static func + (a: JSONObject, b: JSONObject) -> JSONObject {
        b.reduce(into: a) { sum, member in sum[member.key] = member.value }
    }
}
