import JSON
import Testing

@Suite struct JSONFieldsTests {
    let fields = JSONFields([
        "query": "ants", "limit": 10, "whole": 7.0, "ratio": 0.5, "deep": ["list": ["a", "b"], "n": .null], "flag": false, "none": .null,
        "mixed": ["a", 1], "long": .string(String(repeating: "x", count: 100)), "ten": "ten", "empty": "",
    ])

    @Test func readsByTypeAndRange() throws {
        #expect(try fields.string("query") == "ants")
        #expect(try fields.optionalString("missing") == nil)
        #expect(try fields.optionalString("none") == nil)
        #expect(try fields.int("limit", in: 1...100) == 10)
        #expect(try fields.optionalInt("whole") == 7)
        #expect(try fields.optionalDouble("ratio") == 0.5)
        #expect(try fields.optionalDouble("limit", in: 0...10) == 10)
        #expect(try fields.bool("flag") == false)
        #expect(try fields.optionalBool("missing") == nil)
        #expect(try fields.choice("query", of: ["bees", "ants"]) == "ants")
        #expect(try fields.object("deep").strings("list", count: 1...2) == ["a", "b"])
        #expect(try fields.optionalObject("missing")?.object == nil)
        #expect(try fields.array("mixed").count == 2)
    }

    @Test func errorsNameThePathTheRuleAndWhatCame() throws {
        try expect("limit must be an integer from 11 to 100, got 10") { try fields.int("limit", in: 11...100) }
        try expect(#"ten must be an integer from 1 to 100, got "ten""#) { try fields.optionalInt("ten", in: 1...100) }
        try expect("ratio must be an integer, got 0.5") { try fields.int("ratio") }
        try expect("missing is required and must be a string") { try fields.string("missing") }
        try expect("none must be a string, got null") { try fields.string("none") }
        try expect(#"empty must be a string that is not empty, got """#) { try fields.string("empty", bytes: 1...Int.max) }
        try expect("query must be a string of at most 3 bytes, got \"ants\"") { try fields.string("query", bytes: 0...3) }
        try expect("limit must be true or false, got 10") { try fields.bool("limit") }
        try expect("flag must be an object, got false") { try fields.object("flag") }
        try expect("query must be one of a, b, got \"ants\"") { try fields.optionalChoice("query", of: ["a", "b"]) }
        try expect("mixed must be an array of strings, got an array") { try fields.strings("mixed") }
        try expect("deep.list must be an array with 3 to 4 elements, got an array") {
            try fields.object("deep").array("list", count: 3...4)
        }
        try expect("deep.n must be an array, got null") { try fields.object("deep").array("n") }
        try expect("ratio must be a number from 1.0 to 2.0, got 0.5") { try fields.optionalDouble("ratio", in: 1...2) }
        try expect("long must be an integer, got \"\(String(repeating: "x", count: 40))…\"") { try fields.int("long") }
        try expect("f must be an object, got an array") { try JSONFields(JSONValue.array([]), path: "f") }
    }

    @Test func unknownFieldsAreNamed() throws {
        let fields = JSONFields(["query": "x", "limitt": 3], path: "body")
        try fields.rejectUnknown(except: ["query", "limitt"])
        try expect("body.limitt is not a known field; known fields: query, limit") {
            try fields.rejectUnknown(except: ["query", "limit"])
        }
    }

    private func expect<T>(_ message: String, _ body: () throws -> T, at location: SourceLocation = #_sourceLocation) throws {
        let error = #expect(throws: JSONFieldError.self, sourceLocation: location) { try body() }
        #expect(error?.description == message, sourceLocation: location)
    }
}
