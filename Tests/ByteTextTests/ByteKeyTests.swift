import ByteText
import TestSupport
import Testing

@Suite struct ByteKeyTests {
    @Test func canonicallyEquivalentTextsAreTwoKeys() {
        #expect(ByteKey("\u{E9}") != ByteKey("e\u{301}"))
        #expect(!"\u{E9}".hasSameBytes(as: "e\u{301}"))
        #expect(Set(["\u{E9}", "e\u{301}"].map { ByteKey($0) }).count == 2)
        #expect(ByteKey("abc") == ByteKey("xabc".dropFirst()))
        #expect("abc".hasBytePrefix("ab") && !"abc".hasBytePrefix("bc") && !"e\u{301}".hasBytePrefix("\u{E9}"))
        #expect("b".hasSameBytes(asOneOf: ["a", "b"]) && !"c".hasSameBytes(asOneOf: ["a", "b"]))
    }

    /// Permutations of marks are canonically equivalent, so `String` gives all of them the same hash.
    @Test func canonicallyEquivalentTextsHaveHashesOfTheirOwn() {
        let marks: [Unicode.Scalar] = ["\u{301}", "\u{323}", "\u{327}", "\u{334}", "\u{345}", "\u{35C}"]
        var texts: [String] = []
        for number in 0..<720 {
            var (rest, left, text) = (number, marks, "a")
            for place in stride(from: 6, to: 0, by: -1) {
                text.unicodeScalars.append(left.remove(at: rest % place))
                rest /= place
            }
            texts.append(text)
        }
        #expect(Set(texts).count == 1)
        #expect(Set(texts.map { ByteKey($0) }).count == 720)
        #expect(Set(texts.map { ByteKey($0).hashValue }).count >= 718)
    }

    @Test func orderIsThatOfTheBytes() {
        var random = SplitMix64(seed: 11)
        let scalars: [Unicode.Scalar] = ["a", "e", "\u{301}", "\u{E9}", "\u{FEFF}", "\u{FFFD}", "\u{10000}"]
        let texts = (0..<200).map { _ in
            var text = ""
            for _ in 0..<Int.random(in: 0...4, using: &random) { text.unicodeScalars.append(scalars.randomElement(using: &random) ?? "a") }
            return text
        }
        let sorted = texts.map { ByteKey($0) }.sorted().map { Array($0.text.utf8) }
        #expect(sorted == texts.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) })
    }
}
