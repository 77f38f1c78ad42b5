import Catalog
import JSON
import Testing

@Suite(.timeLimit(.minutes(10))) struct MetadataFilterTests {
    static let metadata: JSONObject = [
        "year": 2020, "ratio": 0.5, "name": "beta", "tags": ["x", "y", 3], "draft": false, "none": .null, "date": "2026-07-28",
    ]

    @Test(arguments: [
        (#"{"key":"year","op":"eq","value":2020}"#, true), (#"{"key":"year","op":"eq","value":2020.0}"#, true),
        (#"{"key":"year","op":"eq","value":"2020"}"#, false), (#"{"key":"year","op":"gt","value":2019}"#, true),
        (#"{"key":"year","op":"gte","value":2020}"#, true), (#"{"key":"year","op":"lt","value":2020}"#, false),
        (#"{"key":"year","op":"lte","value":2020.5}"#, true), (#"{"key":"name","op":"gt","value":"alpha"}"#, true),
        (#"{"key":"name","op":"gt","value":1}"#, false), (#"{"key":"date","op":"gte","value":"2026-01-01"}"#, true),
        (#"{"key":"tags","op":"eq","value":"y"}"#, true), (#"{"key":"tags","op":"in","value":["q",3]}"#, true),
        (#"{"key":"tags","op":"nin","value":["q","x"]}"#, false), (#"{"key":"draft","op":"eq","value":false}"#, true),
        (#"{"key":"draft","op":"eq","value":0}"#, false), (#"{"key":"missing","op":"eq","value":1}"#, false),
        (#"{"key":"missing","op":"ne","value":1}"#, true), (#"{"key":"missing","op":"nin","value":[1]}"#, true),
        (#"{"key":"missing","op":"lt","value":1}"#, false), (#"{"key":"none","op":"ne","value":"x"}"#, true),
        (#"{"key":"year","op":"in","value":[]}"#, false),
        (#"{"and":[{"key":"year","op":"eq","value":2020},{"key":"name","op":"ne","value":"x"}]}"#, true),
        (#"{"or":[{"key":"year","op":"eq","value":1},{"and":[{"key":"ratio","op":"lt","value":1}]}]}"#, true),
        (#"{"and":[{"key":"year","op":"eq","value":2020},{"key":"name","op":"eq","value":"x"}]}"#, false),
    ])
    func decides(text: String, expected: Bool) throws {
        let filter = try MetadataFilter(JSONValue(parsing: Array(text.utf8)))
        #expect(filter.matches(Self.metadata) == expected, "\(text)")
    }

    @Test(arguments: [
        ("[]", "filter"), ("{}", "filter.key"), (#"{"key":"a","op":"like","value":1}"#, "filter.op"),
        (#"{"key":"a","op":"eq"}"#, "filter.value"), (#"{"key":"a","op":"eq","value":[1]}"#, "filter.value"),
        (#"{"key":"a","op":"gt","value":true}"#, "filter.value"), (#"{"key":"a","op":"in","value":1}"#, "filter.value"),
        (#"{"key":"a","op":"in","value":[[1]]}"#, "filter.value"), (#"{"and":[]}"#, "filter.and"),
        (#"{"and":[1]}"#, "filter.and[0]"), (#"{"and":[{"key":"a","op":"eq","value":1}],"or":[]}"#, "filter.or"),
        (#"{"key":"a","op":"eq","value":1,"x":1}"#, "filter.x"), (#"{"key":1,"op":"eq","value":1}"#, "filter.key"),
    ])
    func refusesNamingThePlace(text: String, path: String) {
        let error = #expect(throws: JSONFieldError.self) { try MetadataFilter(JSONValue(parsing: Array(text.utf8))) }
        #expect(error?.path == path, "\(text): \(String(describing: error))")
    }

    @Test func boundsItsDepthAndItsSize() throws {
        let leaf = #"{"key":"a","op":"eq","value":1}"#
        let deep = String(repeating: #"{"and":["#, count: 9) + leaf + String(repeating: "]}", count: 9)
        let wide = #"{"or":["# + Array(repeating: leaf, count: 257).joined(separator: ",") + "]}"
        for text in [deep, wide] {
            #expect(throws: JSONFieldError.self) { try MetadataFilter(JSONValue(parsing: Array(text.utf8))) }
        }
    }

    /// Every operator treats canonically equivalent texts as equal.
    @Test(arguments: [("\u{E9}", "e\u{301}"), ("e\u{301}", "\u{E9}"), ("a\u{323}\u{301}b", "a\u{301}\u{323}b"), ("\u{212B}", "\u{C5}")])
    func operatorsAgreeOnEquivalentTexts(stored: String, asked: String) throws {
        for metadata: JSONObject in [["k": .string(stored)], ["k": [1, .string(stored)]]] {
            func holds(_ op: String, _ value: JSONValue) throws -> Bool {
                try MetadataFilter(["key": "k", "op": .string(op), "value": value]).matches(metadata)
            }
            #expect(try holds("eq", .string(asked)) && holds("in", ["x", .string(asked)]))
            #expect(try !holds("ne", .string(asked)) && !holds("nin", ["x", .string(asked)]))
            guard metadata["k"]?.stringValue != nil else { continue }
            #expect(try holds("gte", .string(asked)) && holds("lte", .string(asked)))
            #expect(try !holds("gt", .string(asked)) && !holds("lt", .string(asked)))
        }
    }

    @Test func keysAreComparedByBytes() throws {
        let filter = try MetadataFilter(["key": "\u{E9}", "op": "eq", "value": 1])
        #expect(filter.matches(["\u{E9}": 1]) && !filter.matches(["e\u{301}": 1]))
    }

    /// Stored and asked integers, in ascending order, of which neighbours are equal as doubles.
    static let integers = [
        "-123456789012345678901234567891", "-9223372036854775809", "-9223372036854775808", "6", "9223372036854775807",
        "9223372036854775808", "11679230632388718000", "11679230632388718523", "18446744073709551615", "123456789012345678901234567891",
    ]

    @Test func integersOfAnySizeAreComparedExactly() throws {
        for (i, stored) in Self.integers.enumerated() {
            for (j, asked) in Self.integers.enumerated() {
                let metadata = try #require(try JSONValue(parsing: "{\"h\":\(stored),\"l\":[\"x\",\(stored)]}").objectValue)
                func holds(_ op: String, _ value: String, key: String = "h") throws -> Bool {
                    try MetadataFilter(JSONValue(parsing: "{\"key\":\"\(key)\",\"op\":\"\(op)\",\"value\":\(value)}")).matches(metadata)
                }
                let note: Comment = "\(stored) \(asked)"
                #expect(try holds("eq", asked) == (i == j) && holds("ne", asked) == (i != j), note)
                #expect(try holds("lt", asked) == (i < j) && holds("lte", asked) == (i <= j), note)
                #expect(try holds("gt", asked) == (i > j) && holds("gte", asked) == (i >= j), note)
                #expect(try holds("in", "[0,\(asked)]", key: "l") == (i == j) && holds("nin", "[0,\(asked)]", key: "l") == (i != j), note)
            }
        }
    }

    /// A catalog of an earlier version has such an integer as a double; it still equals the integer it was read from.
    @Test func aBigIntegerEqualsItsDouble() throws {
        let filter = try MetadataFilter(JSONValue(parsing: #"{"key":"h","op":"eq","value":11679230632388718523}"#))
        #expect(filter.matches(["h": .number(1.1679230632388718e19)]) && !filter.matches(["h": .number(1.2e19)]))
    }

    /// Compares sets of values with the pairwise comparison that they replace.
    @Test func numbersMatchAsInPairs() throws {
        let values: [JSONValue] = [
            0, 1, .number(1), .number(1.5), .integer(1 << 53), .integer((1 << 53) + 1), .number(9_007_199_254_740_992), true, "1",
            .number(-0.0), .bigInteger(BigInteger("11679230632388718523")), .bigInteger(BigInteger("11679230632388718000")),
            .bigInteger(BigInteger("-9223372036854775809")), .number(11_679_230_632_388_718_592), .integer(.max), .integer(.min),
        ]
        func isEqual(_ a: JSONValue, _ b: JSONValue) -> Bool {
            switch (a, b) {
            case (.integer(let x), .integer(let y)): x == y
            case (.integer, .number), (.number, .integer), (.number, .number): a.doubleValue == b.doubleValue
            case (.bigInteger, .number), (.number, .bigInteger): a.doubleValue == b.doubleValue
            default: a == b
            }
        }
        for stored in values {
            for asked in values {
                let expected = isEqual(stored, asked)
                #expect(MetadataFilter.compare(key: "k", .eq, asked).matches(["k": stored]) == expected, "\(stored) \(asked)")
                #expect(
                    MetadataFilter.member(key: "k", ["q", asked], negated: true).matches(["k": stored]) != expected, "\(stored) \(asked)")
            }
        }
    }
}
