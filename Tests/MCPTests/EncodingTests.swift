import Citing
import MCP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct EncodingTests {
    /// The test vectors of RFC 4648 §10.
    @Test func base64AsTheStandardHasIt() {
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

    @Test func base64IsReadStrictly() {
        for text in ["Z", "Zg", "Zg=", "Zg===", "=", "====", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n", "-_8=", "Zg==Zg==", "Zm9vé"] {
            #expect(Base64.decode(text, alphabet: .standard) == nil, "\(text)")
        }
        for text in ["Z", "Zg==", "Zh", "+/8", "Zm9v "] { #expect(Base64.decode(text, alphabet: .url) == nil, "\(text)") }
    }

    @Test(arguments: 0..<50 as Range<UInt64>) func base64GoesThereAndBack(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        let bytes = (0..<Int.random(in: 0...100, using: &rng)).map { _ in UInt8.random(in: 0...255, using: &rng) }
        for alphabet in [Base64.Alphabet.standard, .url] {
            let text = Base64.encode(bytes, alphabet: alphabet)
            #expect(Base64.decode(text, alphabet: alphabet) == bytes, "seed \(seed)")
        }
    }

    @Test(arguments: 0..<50 as Range<UInt64>) func everyIDHasAURIOfItsOwn(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        var view = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 1...20, using: &rng) {
            if let scalar = Unicode.Scalar(UInt32.random(in: 0..<0x300, using: &rng)) { view.append(scalar) }
        }
        let id = String(view)
        let uri = DocumentURI.uri(of: id)
        #expect(uri.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        #expect(DocumentURI.id(in: uri)?.utf8.elementsEqual(id.utf8) == (id.isEmpty ? nil : true), "seed \(seed)")
    }

    @Test func onlyUnreservedCharactersStayAsTheyAre() {
        #expect(DocumentURI.uri(of: "aZ09-._~") == "contextd://documents/aZ09-._~")
        #expect(DocumentURI.uri(of: "a/b c%é") == "contextd://documents/a%2Fb%20c%25%C3%A9")
        #expect(DocumentURI.id(in: "contextd://documents/a%2fb@:") == "a/b@:")
    }
}
