import JSON
import Testing

@Suite struct JSONWritingTests {
    @Test func compactInTheOrderGiven() {
        let value: JSONValue = ["b": [1, 2.5, .null, true], "a": ["x": "y"], "c": [:], "d": []]
        #expect(value.description == #"{"b":[1,2.5,null,true],"a":{"x":"y"},"c":{},"d":[]}"#)
        #expect(value.objectValue?.description == value.description)
        var output = Array("x".utf8)
        value.write(into: &output)
        #expect(output == Array("x".utf8) + value.serialized())
    }

    @Test func escapesWhatMustBeAndNothingElse() {
        let text = "\"\\/\u{0}\u{8}\t\n\u{c}\r\u{1b}\u{1f}\u{7f}é\u{2028}\u{2029}😀"
        #expect(
            JSONValue.string(text).description
                == #""\"\\/\u0000\b\t\n\f\r\u001b\u001f"# + "\u{7f}é\u{2028}\u{2029}😀\"")
    }

    /// Bytes that need no escape are passed eight at a time.
    @Test func escapesAtEveryPlace() {
        for length in 0...34 {
            for place in 0..<max(length, 1) {
                for scalar in ["\"", "\\", "\n", "\u{1f}", " ", "!", "#", "[", "]", "\u{7f}", "é"] {
                    var characters = Array(repeating: "a", count: length)
                    if place < length { characters[place] = scalar }
                    let text = characters.joined()
                    let escaped = characters.map {
                        $0 == "\"" ? "\\\"" : $0 == "\\" ? "\\\\" : $0 == "\n" ? "\\n" : $0 == "\u{1f}" ? "\\u001f" : $0
                    }
                    #expect(JSONValue.string(text).description == "\"" + escaped.joined() + "\"")
                }
            }
        }
    }

    @Test func doublesAreShortestAndNeverInvalid() {
        let cases: [(Double, String)] = [
            (1, "1.0"), (0.1, "0.1"), (1e20, "1e+20"), (.leastNonzeroMagnitude, "5e-324"), (-1.5, "-1.5"), (.infinity, "null"),
            (-.infinity, "null"), (.nan, "null"), (.greatestFiniteMagnitude, "1.7976931348623157e+308"),
        ]
        for (value, text) in cases { #expect(JSONValue.number(value).description == text) }
    }
}

@Suite struct JSONObjectTests {
    @Test func smallAndLargeObjectsBehaveAlike() {
        for size in [0, 1, 2, 15, 16, 17, 18, 100] {
            var object = JSONObject()
            for index in 0..<size {
                let isNew = object.append("k\(index)", JSONValue(index))
                #expect(isNew)
            }
            let isNew = object.append("k0", "again")
            #expect(isNew == (size == 0))
            if size == 0 { object["k0"] = nil }
            #expect(object.count == size)
            #expect(object.keys == (0..<size).map { "k\($0)" })
            #expect(object.map(\.value) == (0..<size).map { JSONValue($0) })
            #expect(object["absent"] == nil)
            for index in 0..<size { #expect(object["k\(index)"] == JSONValue(index)) }
        }
    }

    @Test func assigningReplacesAppendsAndRemoves() {
        var object: JSONObject = [:]
        for index in 0..<20 { object["k\(index)"] = JSONValue(index) }
        object["k3"] = "three"
        #expect(object.keys.firstIndex(of: "k3") == 3)
        for index in 0..<10 { object["k\(index)"] = nil }
        object["nothing"] = nil
        #expect(object.keys == (10..<20).map { "k\($0)" })
        #expect(object["k15"] == 15)
        #expect(object["k3"] == nil)
    }

    @Test func equalWithoutRegardToOrder() {
        let a: JSONValue = ["x": 1, "y": [1, 2]]
        let b: JSONValue = ["y": [1, 2], "x": 1]
        #expect(a == b)
        #expect(a.hashValue == b.hashValue)
        #expect(a != ["x": 1, "y": [2, 1]])
        #expect(a != ["x": 1])
        #expect(a != ["x": 1, "z": [1, 2]])
        #expect(JSONValue.integer(1) != .number(1))
    }

    /// JSON distinguishes keys by code points; as `String`s, the two spellings of é would be equal.
    @Test func canonicallyEquivalentKeysAreTwo() throws {
        let (one, two) = ("\u{e9}", "e\u{301}")
        for filler in [0, 20] {
            let members = (0..<filler).map { "\"f\($0)\":0," }.joined()
            let object = try #require(JSONValue(parsing: "{\(members)\"\(one)\":1,\"\(two)\":2}").objectValue)
            #expect(object.count == filler + 2)
            #expect(object[one] == 1)
            #expect(object[two] == 2)
        }
    }

    @Test func accessorsGiveNilForOtherKinds() throws {
        let value: JSONValue = ["i": 3, "d": 2.5, "whole": 4.0, "s": "t", "b": true, "a": [1], "o": ["k": .null], "n": .null]
        #expect(value["i"]?.intValue == 3)
        #expect(value["i"]?.doubleValue == 3)
        #expect(value["d"]?.intValue == nil)
        #expect(value["whole"]?.intValue == 4)
        #expect(JSONValue.number(1e300).intValue == nil)
        #expect(JSONValue.number(.nan).intValue == nil)
        #expect(value["b"]?.boolValue == true)
        #expect(value["b"]?.intValue == nil)
        #expect(value["s"]?.stringValue == "t")
        #expect(value["a"]?[0] == 1)
        #expect(value["a"]?[1] == nil)
        #expect(value["a"]?[-1] == nil)
        #expect(value["a"]?["x"] == nil)
        #expect(value["o"]?["k"]?.isNull == true)
        #expect(value["missing"] == nil)
    }
}
