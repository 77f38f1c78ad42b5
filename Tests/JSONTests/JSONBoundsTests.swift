import JSON
import TestSupport
import Testing

/// Limits of a document, and the cost of comparing values.
@Suite struct JSONBoundsTests {
    private func code(_ text: String, _ limits: JSONLimits) -> JSONError.Code? {
        do throws(JSONError) {
            _ = try JSONValue(parsing: text, limits: limits)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func valuesAreCounted() {
        let limits = JSONLimits(maximumValues: 4)
        #expect(code("[0,0,0]", limits) == nil)
        #expect(code("[0,0,0,0]", limits) == .tooManyValues)
        #expect(code("[[],[],[],[]]", limits) == .tooManyValues)
        #expect(code(#"{"a":{"b":{"c":{}}}}"#, limits) == nil)
        #expect(code(#"{"a":{"b":{"c":{"d":null}}}}"#, limits) == .tooManyValues)
    }

    @Test func membersAndKeysAreBounded() {
        let limits = JSONLimits(maximumMembers: 2, maximumKeyBytes: 4)
        #expect(code(#"{"a":1,"b":2}"#, limits) == nil)
        #expect(code(#"[{"a":1,"b":2},{"c":1,"d":2}]"#, limits) == nil)
        #expect(code(#"{"a":1,"b":2,"c":3}"#, limits) == .tooManyMembers)
        #expect(code(#"{"éé":1}"#, limits) == nil)
        #expect(code(#"{"ééa":1}"#, limits) == .keyTooLong)
    }

    @Test func limitsAreNoGrammar() {
        for code in [JSONError.Code.tooManyValues, .tooManyMembers, .keyTooLong, .tooMuchMemory] { #expect(code.isLimit) }
        for code in [JSONError.Code.unexpectedEnd, .duplicateKey, .tooDeep, .cancelled] { #expect(!code.isLimit) }
    }

    /// The parser counts the same memory while parsing as `estimatedBytes` counts afterwards.
    @Test(arguments: 0..<60 as Range<UInt64>) func memoryIsThatOfTheValue(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let value = JSONValue.array([randomValue(depth: 5, &random), .object(wide(Int.random(in: 0...40, using: &random)))])
        let text = value.description
        #expect(try JSONValue(parsing: text, limits: JSONLimits(maximumMemory: value.estimatedBytes)) == value, "seed \(seed)")
        #expect(code(text, JSONLimits(maximumMemory: value.estimatedBytes - 1)) == .tooMuchMemory, "seed \(seed)")
    }

    private func wide(_ count: Int) -> JSONObject {
        var object = JSONObject()
        for number in 0..<count { object.append("a key of some length \(number)", .integer(Int64(number))) }
        return object
    }

    /// A short text that would need much memory is rejected early: with the default limits, 4 MiB never use more than 96 MiB.
    @Test(arguments: ["[0],", "0,", "[],", "{},", #"{"":0},"#, "[[0]],", #""0123456789abcdef","#])
    func expansionIsBounded(piece: String) {
        let count = (4 << 20) / piece.utf8.count
        let text = "[" + String(repeating: piece, count: count) + "0]"
        let limits = JSONLimits.default
        if let value = try? JSONValue(parsing: text) {
            #expect(value.estimatedBytes <= limits.maximumMemory)
            #expect(count < limits.maximumValues)
        } else {
            #expect(code(text, limits)?.isLimit == true)
        }
    }

    @Test func aParseStopsWhenItIsCancelled() {
        let bytes = Array(("[" + String(repeating: "0,", count: 100_000) + "0]").utf8)
        var looks = 0
        let error = #expect(throws: JSONError.self) {
            try JSONValue(
                parsing: bytes,
                isCancelled: {
                    looks += 1
                    return looks == 3
                })
        }
        #expect(error?.code == .cancelled)
        #expect((error?.offset ?? .max) < 4_000)
    }

    // MARK: Bytes

    /// `a` with its marks in every order: all are equal as `String`s and have the same hash.
    private static let equivalentKeys: [String] = {
        let marks: [Unicode.Scalar] = ["\u{301}", "\u{323}", "\u{327}", "\u{334}", "\u{345}", "\u{35C}", "\u{5B0}"]
        return (0..<5040).map { number in
            var (rest, left, text) = (number, marks, "a")
            for place in stride(from: marks.count, to: 0, by: -1) {
                text.unicodeScalars.append(left.remove(at: rest % place))
                rest /= place
            }
            return text
        }
    }()

    @Test func equivalentKeysAreDifferentMembers() throws {
        let keys = Self.equivalentKeys
        let text = "{" + keys.enumerated().map { "\"\($1)\":\($0)" }.joined(separator: ",") + "}"
        let object = try #require(try JSONValue(parsing: text).objectValue)
        #expect(object.count == keys.count)
        for (number, key) in keys.enumerated() { #expect(object[key] == .integer(Int64(number))) }
        #expect(Set(keys.map { JSONValue.object([$0: 1]).hashValue }).count > keys.count - 5)
        #expect(Set(keys.map { JSONValue.string($0).hashValue }).count > keys.count - 5)
    }

    @Test func stringsAreEqualWhereTheirBytesAre() {
        let (composed, decomposed) = ("\u{E9}", "e\u{301}")
        #expect(JSONValue.string(composed) != .string(decomposed))
        #expect(JSONValue.array([.string(composed)]) != .array([.string(decomposed)]))
        #expect(JSONValue.object([composed: 1]) != .object([decomposed: 1]))
        #expect(JSONValue.object(["a": .string(composed)]) != .object(["a": .string(decomposed)]))
        #expect(Set<JSONValue>([.string(composed), .string(decomposed)]).count == 2)
    }

    @Test func equalityAndHashAgree() {
        let values: [JSONValue] = [
            .null, true, false, 0, 1, .number(0), .number(-0.0), .number(1), "", "0", "\u{E9}", "e\u{301}", [], [0], [[]], [:], ["a": 1],
            ["b": 2, "a": 1], ["a": 1, "b": 2], ["a": [:]],
        ]
        for first in values {
            for second in values where first == second { #expect(first.hashValue == second.hashValue, "\(first) \(second)") }
        }
        #expect(JSONValue.object(["b": 2, "a": 1]) == ["a": 1, "b": 2])
        #expect(JSONValue.integer(1) != .number(1))
        #expect(JSONValue.number(0) == .number(-0.0))
    }

    /// A choice is compared in linear time; comparing `String`s takes quadratic time for a run of marks.
    @Test func fieldsAreComparedByBytes() throws {
        let fields = JSONFields(["mode": "dense\u{301}", "\u{212A}": 1])
        #expect(throws: JSONFieldError.self) { try fields.choice("mode", of: ["dense"]) }
        #expect(throws: JSONFieldError.self) { try fields.rejectUnknown(except: ["mode", "K"]) }
    }
}
