import JSON
import Testing

@Suite struct JSONGrammarTests {
    static let accepted: [(String, JSONValue)] = [
        ("null", .null), (" \t\r\n true \n", true), ("false", false), ("0", 0), ("-1", -1), ("10", 10), ("\"\"", ""), ("[]", []),
        ("{}", [:]), ("[ ]", []), ("{ }", [:]), ("[1,2]", [1, 2]), ("[ 1 , 2 ]", [1, 2]), ("[[],{}]", [[], [:]]),
        (#"{"a":1}"#, ["a": 1]), (#"{"":{"a":[null]}}"#, ["": ["a": [.null]]]), (#"{ "a" : 1 , "b" : 2 }"#, ["a": 1, "b": 2]),
        ("1.5", 1.5), ("1.0", .number(1)), ("1e2", .number(100)), ("1E+2", .number(100)), ("1e-2", .number(0.01)),
        ("0.1", .number(0.1)), ("0e9", .number(0)), ("123456789012345678", 123_456_789_012_345_678),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .bigInteger(BigInteger("9223372036854775808"))),
        ("-9223372036854775809", .bigInteger(BigInteger("-9223372036854775809"))),
        ("123456789012345678901234567891", .bigInteger(BigInteger("123456789012345678901234567891"))),
        ("9223372036854775808.0", .number(9_223_372_036_854_775_808)), ("-0", .number(-0.0)),
        ("18446744073709551616e0", .number(18_446_744_073_709_551_616)), ("1e308", .number(1e308)), ("1e-400", .number(0)),
        ("4.9e-324", .number(.leastNonzeroMagnitude)), ("2.2250738585072014e-308", .number(.leastNormalMagnitude)),
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u0041\u00e9\u20AC""#, "Aé€"), (#""\ud83d\ude00""#, "😀"),
        (#""\u0000""#, "\0"), ("\"é\u{2028}😀\u{7f}\"", "é\u{2028}😀\u{7f}"), (#""\udbff\udfff""#, "\u{10ffff}"),
        (#""a\\""#, "a\\"), (#"["\\\"",1]"#, ["\\\"", 1]),
        ("\u{feff}1", 1), ("\u{feff} [] ", []),
    ]

    @Test(arguments: accepted) func accepts(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value, "\(text)")
    }

    static let rejected: [(String, JSONError.Code, Int)] = [
        ("", .unexpectedEnd, 0), ("  ", .unexpectedEnd, 2), ("nul", .unexpectedEnd, 3), ("nulL", .unexpectedByte, 3),
        ("TRUE", .unexpectedByte, 0), ("1 2", .trailingContent, 2), ("[] x", .trailingContent, 3), ("[", .unexpectedEnd, 1),
        ("[1", .unexpectedEnd, 2), ("[1,", .unexpectedEnd, 3), ("[1,]", .unexpectedByte, 3), ("[,1]", .unexpectedByte, 1),
        ("[1 2]", .unexpectedByte, 3), ("{", .unexpectedEnd, 1), ("{1:2}", .unexpectedByte, 1), (#"{"a"}"#, .unexpectedByte, 4),
        (#"{"a":}"#, .unexpectedByte, 5), (#"{"a":1,}"#, .unexpectedByte, 7), (#"{"a":1]"#, .unexpectedByte, 6),
        ("]", .unexpectedByte, 0), ("}", .unexpectedByte, 0), ("'a'", .unexpectedByte, 0), ("// x\n1", .unexpectedByte, 0),
        (#"{"a":1,"a":2}"#, .duplicateKey, 7), (#"{"a":1,"\u0061":2}"#, .duplicateKey, 7),
        ("01", .invalidNumber, 0), ("-01", .invalidNumber, 1), ("-", .unexpectedEnd, 1), ("-x", .invalidNumber, 1),
        ("1.", .unexpectedEnd, 2), ("1.e2", .invalidNumber, 2), (".5", .unexpectedByte, 0), ("+1", .unexpectedByte, 0),
        ("1e", .unexpectedEnd, 2), ("1e+", .unexpectedEnd, 3), ("[1ex]", .invalidNumber, 3), ("0x10", .trailingContent, 1),
        (String(repeating: "9", count: 310), .numberOutOfRange, 0), ("-" + String(repeating: "9", count: 310), .numberOutOfRange, 0),
        ("1e400", .numberOutOfRange, 0), ("[-1e999999999999999999999]", .numberOutOfRange, 1), ("NaN", .unexpectedByte, 0),
        ("Infinity", .unexpectedByte, 0), ("\"", .unexpectedEnd, 1), ("\"a", .unexpectedEnd, 2), (#""\""#, .unexpectedEnd, 3),
        (#""\x""#, .invalidEscape, 1), (#""\u12""#, .invalidEscape, 1), (#""\u12g4""#, .invalidEscape, 1),
        (#""\ud800""#, .invalidEscape, 1), (#""a\udc00""#, .invalidEscape, 2), (#""\ud800\ud800""#, .invalidEscape, 1),
        (#""\ud800\n""#, .invalidEscape, 1), (#""\ud800\u0041""#, .invalidEscape, 1), (#""\ud800\u""#, .invalidEscape, 7),
        ("\"a\nb\"", .controlCharacter, 2), ("\"\0\"", .controlCharacter, 1), ("\"\u{1f}\"", .controlCharacter, 1),
        ("\u{feff}\u{feff}1", .unexpectedByte, 3), ("[\u{feff}1]", .unexpectedByte, 1), ("1\0", .trailingContent, 1),
        ("[1]\u{a0}", .trailingContent, 3),
    ]

    @Test(arguments: rejected) func rejects(text: String, code: JSONError.Code, offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error?.code == code, "\(text): \(String(describing: error))")
        #expect(error?.offset == offset, "\(text): \(String(describing: error))")
    }

    /// Invalid bytes at offset 2, in a string: overlong forms, raw surrogates, past U+10FFFF, lone and missing continuations.
    static let notUTF8: [[UInt8]] = [
        [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80],
        [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0x80], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98],
    ]

    @Test(arguments: notUTF8) func refusesBytesThatAreNotUTF8(bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        for tail in [[], Array("\\n".utf8)] {
            let document = [quote, 0x61] + bytes + tail + [quote]
            let error = #expect(throws: JSONError.self) { try JSONValue(parsing: document) }
            #expect(error?.code == .invalidUTF8)
            #expect(error?.offset == 2)
        }
        #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
    }

    @Test func minusZeroKeepsItsSign() throws {
        let value = try JSONValue(parsing: "-0")
        #expect(value.doubleValue?.sign == .minus)
        #expect(value.description == "-0.0")
    }

    @Test func depthIsLimitedAndNeverTheStack() throws {
        func nested(_ depth: Int, _ open: String, _ close: String) -> String {
            String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
        }
        for (open, close) in [("[", "]"), (#"{"a":"#, "}"), (#"[{"a":"#, "}]")] {
            let levels = open.count(where: { "[{".contains($0) })
            _ = try JSONValue(parsing: nested(64 / levels, open, close))
            let error = #expect(throws: JSONError.self) { try JSONValue(parsing: nested(64 / levels + 1, open, close)) }
            #expect(error?.code == .tooDeep)
            #expect(throws: JSONError.self) { try JSONValue(parsing: nested(1_000_000, open, close)) }
        }
        let ceiling = JSONLimits(maximumDepth: .max)
        #expect(ceiling.maximumDepth == JSONLimits.depthCeiling)
        _ = try JSONValue(parsing: nested(JSONLimits.depthCeiling, "[", "]"), limits: ceiling)
        // The depth of siblings is not added up.
        _ = try JSONValue(parsing: "[" + String(repeating: "[[]],", count: 1000) + "{}]", limits: JSONLimits(maximumDepth: 3))
    }

    @Test func aNumberHasALimitedLength() throws {
        let digits = String(repeating: "7", count: 1100)
        #expect(throws: JSONError.self) { try JSONValue(parsing: digits) }  // too large for a double
        let small = "0." + String(repeating: "0", count: 1000) + "1"
        #expect(try JSONValue(parsing: small) == .number(0))
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: "0." + digits) }
        #expect(error?.code == .invalidNumber)
    }

    @Test func slicesAndCollectionsReadTheSame() throws {
        let bytes = Array("xx[1,{\"a\":\"é\"}]".utf8)
        let want: JSONValue = [1, ["a": "é"]]
        #expect(try JSONValue(parsing: bytes[2...]) == want)
        let slice = bytes[2...]
        let fromSpan = try JSONValue(parsing: slice.span)
        #expect(fromSpan == want)
        #expect(try JSONValue(parsing: Array(bytes[2...].reversed()).reversed()) == want)
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: bytes[1...]) }
        #expect(error?.offset == 0)
    }
}
