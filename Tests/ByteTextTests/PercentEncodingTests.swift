import ByteText
import TestSupport
import Testing

@Suite struct PercentEncodingTests {
    @Test(arguments: [
        ("", ""), ("a%20b", "a b"), ("a+b", "a+b"), ("%EF%BB%BFa0", "\u{FEFF}a0"), ("%ef%bb%bf%EF%BB%BF", "\u{FEFF}\u{FEFF}"),
        ("e%CC%81", "e\u{301}"), ("%C3%A9", "\u{E9}"), ("%2525", "%25"), ("%00", "\0"),
    ])
    func bytesStayAsTheyAre(encoded: String, text: String) {
        #expect(PercentEncoding.text(encoded).map { Array($0.utf8) } == Array(text.utf8))
    }

    @Test(arguments: ["%", "%4", "%zz", "%4g", "%+1", "a%", "%%41", "%C3", "%ED%A0%80", "%C0%80", "%FF", "%E2%82"])
    func brokenEscapesAndBytesAreRefused(encoded: String) { #expect(PercentEncoding.text(encoded) == nil) }

    @Test func plusIsASpaceInForms() {
        #expect(PercentEncoding.text("a+b%2Bc", plusIsSpace: true) == "a b+c")
    }

    @Test func everyByteComesBack() {
        var random = SplitMix64(seed: 12)
        let digits = Array("0123456789abcdefABCDEF".utf8)
        for _ in 0..<200 {
            let bytes = (0..<Int.random(in: 0...20, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            let encoded = bytes.flatMap { [UInt8(ascii: "%"), digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
            #expect(PercentEncoding.bytes(encoded) == bytes)
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(PercentEncoding.text(PercentEncoding.encoded(text)).map { Array($0.utf8) } == Array(text.utf8))
            #expect(PercentEncoding.encoded(text).utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") })
        }
    }
}
