import Citing
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct EncodingTests {
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
