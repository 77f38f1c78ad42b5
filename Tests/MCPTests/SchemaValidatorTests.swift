import JSON
import Testing

/// Checks that the validator rejects invalid values.
@Suite(.timeLimit(.minutes(10))) struct SchemaValidatorTests {
    static let cases: [(schema: JSONValue, good: JSONValue, bad: JSONValue)] = [
        (["type": "string"], "x", 1), (["type": ["string", "integer"]], 1, 1.5), (["type": "integer"], 2.0, 2.5),
        (["type": "number"], 2, "2"), (["type": "object"], [:], []), (["type": "array"], [], [:]), (["type": "null"], .null, false),
        (["type": "boolean"], true, 0), (["enum": ["a", "b"]], "b", "c"), (["const": "2.0"], "2.0", 2.0),
        (["minimum": 1, "maximum": 3], 3, 4), (["minimum": 1], 1, 0), (["minLength": 1], "x", ""), (["maxLength": 2], "xy", "xyz"),
        (["maxItems": 1], [1], [1, 2]), (["items": ["type": "string"]], ["a"], ["a", 1]), (["required": ["a"]], ["a": .null], ["b": 1]),
        (["properties": ["a": ["type": "string"]]], ["b": 1], ["a": 1]),
        (["properties": ["a": [:]], "additionalProperties": false], ["a": 1], ["a": 1, "b": 1]),
        (["additionalProperties": ["type": "string"]], ["a": "x"], ["a": 1]),
        (["allOf": [["minimum": 1], ["maximum": 2]]], 2, 3), (["anyOf": [["const": 1], ["const": 2]]], 2, 3),
        (["oneOf": [["minimum": 1], ["maximum": 2]]], 3, 2), (true, 1, 1), (["not a keyword": 1], 1, 1),
        (["$ref": "#/$defs/s", "$defs": ["s": ["type": "string"]]], "x", 1),
    ]

    @Test(arguments: cases.indices) func saysYesAndNo(index: Int) throws {
        let (schema, good, bad) = Self.cases[index]
        let validator = SchemaValidator(root: schema)
        if schema == true { return try validator.validate(good) }
        if schema["not a keyword"] == nil { try validator.validate(good) }
        #expect(throws: SchemaValidator.Failure.self) { try validator.validate(bad) }
    }

    @Test(.enabled(if: ProtocolSchemas.areHere, ProtocolSchemas.absence))
    func theProtocolsOwnFilesRefuseWhatIsWrong() throws {
        for revision in ["2025-06-18", "2025-11-25", "2026-07-28"] {
            let validator = try ProtocolSchemas.validator(revision)
            let meta: JSONObject = revision == "2026-07-28" ? ["resultType": "complete"] : [:]
            var good = meta
            good["content"] = [["type": "text", "text": "x"]]
            try validator.validate(.object(good), definition: "CallToolResult")
            for wrong: JSONValue in [[["type": "text"]], [["type": "film", "text": "x"]], "x"] {
                var bad = meta
                bad["content"] = wrong
                #expect(throws: SchemaValidator.Failure.self) { try validator.validate(.object(bad), definition: "CallToolResult") }
            }
            #expect(throws: SchemaValidator.Failure.self) { try validator.validate(.object(meta), definition: "CallToolResult") }
        }
    }
}
