import JSON
import TestSupport
import Testing

/// The parser of providers' answers.
@Suite struct JSONLenientTests {
    static let accepted: [(String, JSONValue)] = [
        (#""\ud83d""#, "\u{FFFD}"), (#""a\ude00b""#, "a\u{FFFD}b"), (#""\ud83d\ude00""#, "😀"),
        (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"),
        (#""\ud83d\n""#, "\u{FFFD}\n"), (#""\ud83dx""#, "\u{FFFD}x"), (#""\ud83d\u0041""#, "\u{FFFD}A"),
        ("NaN", .null), ("Infinity", .null), ("-Infinity", .null), ("[-Infinity,1]", [.null, 1]), (#"{"a":NaN}"#, ["a": .null]),
        ("1e999", .null), ("-1e999", .null), (#"{"a":1,"a":2}"#, ["a": 2]), (#"{"a":1,"b":3,"\u0061":2}"#, ["a": 2, "b": 3]),
        ("\"a\tb\"", "a\tb"), ("-1.5", -1.5), (#"{"a":[1,"x",null]}"#, ["a": [1, "x", .null]]), ("\u{feff}[]", []),
    ]

    @Test(arguments: accepted) func accepts(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsingLeniently: Array(text.utf8)) == value, "\(text)")
    }

    @Test func bytesThatAreNotUTF8AreReplaced() throws {
        #expect(try JSONValue(parsingLeniently: [0x22, 0x61, 0xFF, 0x62, 0x22]) == "a\u{FFFD}b")
        #expect(try JSONValue(parsingLeniently: [0x22, 0x5C, 0x6E, 0xC3, 0x22]) == "\n\u{FFFD}")
    }

    @Test(arguments: [
        "", "{", "[1,]", "oops", "-", "-Inf", "Nan", "I", #""\ud83"#, #""\u12g4""#, #""\ud83d\u12g4""#, #""\x""#, "1 2", "01", "{1:2}",
        "'a'", "-x",
    ])
    func rejects(text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsingLeniently: Array(text.utf8)) }
    }

    @Test func keepsTheLimits() {
        let deep = Array(repeating: UInt8(ascii: "["), count: 100)
        let error = #expect(throws: JSONError.self) { try JSONValue(parsingLeniently: deep) }
        #expect(error?.code == .tooDeep)
        let twice = Array("{\(Array(repeating: "\"a\":[]", count: 100).joined(separator: ","))}".utf8)
        #expect(throws: JSONError.self) { try JSONValue(parsingLeniently: twice, limits: JSONLimits(maximumValues: 50)) }
    }

    /// What the strict parser accepts is the same value here.
    @Test(arguments: 0..<50 as Range<UInt64>) func strictJSONIsTheSame(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let value = randomValue(depth: 5, &rng)
        #expect(try JSONValue(parsingLeniently: value.serialized()) == value, "seed \(seed)")
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func randomBytesAreNeverATrap(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        let alphabet = Array("{}[]\",:\\u0dé8-+.eE1tfnNaIinity \n".utf8) + [0xFF, 0xC0]
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...24, using: &rng)).map { _ in alphabet.randomElement(using: &rng) ?? 0 }
            if let value = try? JSONValue(parsingLeniently: bytes) {
                #expect((try? JSONValue(parsing: value.serialized())) == value, "seed \(seed)")
            }
        }
    }
}
