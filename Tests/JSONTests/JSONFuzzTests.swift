import JSON
import TestSupport
import Testing

@Suite struct JSONFuzzTests {
    private static let corpus: [[UInt8]] = [
        #"{"query":"how do I drain the pump","limit":10,"filter":{"and":[{"key":"year","op":"gte","value":2020}]}}"#,
        #"[0,-0,1.5,1e-7,12345678901234567890,true,false,null,"",[],{}]"#, #"{"a":{"b":{"c":[[[["d"]]]]}},"é":"\ud83d\ude00\u00e9\n"}"#,
        #"{"a1":1,"a2":2,"a3":3,"a4":4,"a5":5,"a6":6,"a7":7,"a8":8,"a9":9,"b1":1,"b2":2,"b3":3,"b4":4,"b5":5,"b6":6,"b7":7,"b8":8,"b9":9}"#,
    ].map { Array($0.utf8) }

    private static let tokens = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud800", "\\udc00", "\\u0000", "null", "true", "false", "0", "-", ".", "e+",
        "{\"a\":",
        "[[", "]]", "\"\":", " ",
    ]

    /// A parsed value survives a round trip unchanged, and needs no more memory than was counted.
    @Test func everyInputIsAValueOrAnError() throws {
        let fuzzing = Fuzzing("json")
        try fuzzing.run(corpus: Self.corpus, tokens: Self.tokens) { input, number in
            do throws(JSONError) {
                let value = try JSONValue(parsing: input)
                let written = value.serialized()
                let again = try JSONValue(parsing: written, limits: JSONLimits(maximumMemory: value.estimatedBytes))
                if again != value || again.hashValue != value.hashValue || again.serialized() != written {
                    Issue.record("\(fuzzing.note(number)) changes in a round trip")
                }
            } catch {
                if !(0...max(input.count, 1)).contains(error.offset) { Issue.record("\(fuzzing.note(number)): \(error)") }
            }
        }
    }

    /// The cost of inputs of one shape is proportional to their length.
    @Test(arguments: [
        ("zeros", "[", "0,", "0]"), ("empty arrays", "[", "[],", "0]"), ("arrays", "[", "[0],", "0]"), ("a string", "\"", "ab", "\""),
        ("escapes", "\"", "\\n", "\""), ("surrogate pairs", "\"", "\\ud83d\\ude00", "\""), ("numbers", "[", "1.25e-300,", "0]"),
        ("long numbers", "[", "0.12345678901234567890123456789,", "0]"), ("white space", "", " ", "0"),
        ("big integers", "[", "123456789012345678901234567890,", "0]"),
        ("marks", "\"a", "\u{301}\u{323}", "\""), ("open brackets", "", "[", ""), ("objects", "[", #"{"a":1},"#, "0]"),
    ])
    func timeIsLinear(name: String, opening: String, piece: String, closing: String) {
        let ratio = Growth.ofEightfold(
            making: { Array((opening + String(repeating: piece, count: $0) + closing).utf8) },
            { bytes in
                let value = try? JSONValue(parsing: bytes, limits: .trusted)
                withExtendedLifetime((value?.hashValue, value == value)) {}
            })
        #expect(ratio < 24, "\(name)")
    }

    /// The same for the lenient parser.
    @Test(arguments: [
        ("lone surrogates", "\"", "\\ud83d", "\""), ("raw control characters", "\"", "\t\u{1}", "\""),
        ("infinities", "[", "-Infinity,", "0]"), ("NaN", "[", "NaN,", "0]"), ("a key many times", "{", #""a":0,"#, #""b":0}"#),
        ("numbers out of range", "[", "1e999,", "0]"),
    ])
    func lenientTimeIsLinear(name: String, opening: String, piece: String, closing: String) {
        let ratio = Growth.ofEightfold(
            making: { Array((opening + String(repeating: piece, count: $0) + closing).utf8) },
            { bytes in
                let value = try? JSONValue(parsingLeniently: bytes, limits: .trusted)
                withExtendedLifetime(value) {}
            })
        #expect(ratio < 24, "\(name)")
    }

    /// Keys that differ only in the order of their marks: all are equal as `String`s and have the same hash.
    @Test func equivalentKeysCostInProportion() {
        func document(_ count: Int) -> [UInt8] {
            let marks: [String] = ["\u{301}", "\u{323}", "\u{327}", "\u{334}", "\u{345}", "\u{35C}", "\u{5B0}", "\u{94D}"]
            let members = (0..<count).map { number in
                var (rest, key) = (number, "a")
                // Marks as digits of base 8: distinct keys, in groups that are equal as `String`s.
                for _ in 0..<8 { (key, rest) = (key + marks[rest % 8], rest / 8) }
                return "\"\(key)\":0"
            }
            return Array("{\(members.joined(separator: ","))}".utf8)
        }
        let ratio = Growth.ofEightfold(
            from: 250, making: document,
            { bytes in
                let value = try? JSONValue(parsing: bytes, limits: .trusted)
                withExtendedLifetime(value) {}
            })
        #expect(ratio < 24)
    }
}
