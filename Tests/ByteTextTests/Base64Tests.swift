import ByteText
import TestSupport
import Testing

@Suite struct Base64Tests {
    /// The test vectors of RFC 4648 §10.
    @Test func vectorsOfTheStandard() {
        for (plain, encoded) in [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ] {
            #expect(Base64.encode(Array(plain.utf8), alphabet: .standard) == encoded)
            #expect(Base64.decode(encoded, alphabet: .standard) == Array(plain.utf8))
            let unpadded = String(encoded.prefix { $0 != "=" })
            #expect(Base64.encode(Array(plain.utf8), alphabet: .url) == unpadded)
            #expect(Base64.decode(unpadded, alphabet: .url) == Array(plain.utf8))
        }
        #expect(Base64.encode([0xFB, 0xFF], alphabet: .standard) == "+/8=")
        #expect(Base64.encode([0xFB, 0xFF], alphabet: .url) == "-_8")
    }

    @Test func decodingIsStrict() {
        for text in ["Z", "Zg", "Zg=", "Zg===", "=", "====", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n", "-_8=", "Zg==Zg==", "Zm9vé"] {
            #expect(Base64.decode(text, alphabet: .standard) == nil, "\(text)")
        }
        for text in ["Z", "Zg==", "Zh", "+/8", "Zm9v "] { #expect(Base64.decode(text, alphabet: .url) == nil, "\(text)") }
    }

    @Test(arguments: 0..<50 as Range<UInt64>) func bytesComeBack(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        let bytes = (0..<Int.random(in: 0...100, using: &rng)).map { _ in UInt8.random(in: 0...255, using: &rng) }
        for alphabet in [Base64.Alphabet.standard, .url] {
            let text = Base64.encode(bytes, alphabet: alphabet)
            #expect(Base64.decode(text, alphabet: alphabet) == bytes, "seed \(seed)")
        }
    }
}
