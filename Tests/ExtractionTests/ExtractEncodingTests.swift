import Extraction
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ExtractEncodingTests {
    static let sample = "Déjà vu: «naïve» Ärger über 5 € – “quoted”, été à Genève.\nSecond line, quite plain and long."

    struct Encoded: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
        var charset: String?
    }

    private static func encode(_ encoding: String.Encoding, mark: [UInt8] = []) -> [UInt8] {
        mark + Array(sample.data(using: encoding) ?? Data())
    }

    static let readable = [
        Encoded(testDescription: "UTF-8", bytes: encode(.utf8)),
        Encoded(testDescription: "UTF-8, wrongly declared", bytes: encode(.utf8), charset: "iso-8859-1"),
        Encoded(testDescription: "UTF-8, unknown declared", bytes: encode(.utf8), charset: "x-nonsense"),
        Encoded(testDescription: "UTF-8 mark", bytes: encode(.utf8, mark: [0xEF, 0xBB, 0xBF])),
        Encoded(testDescription: "UTF-16LE mark", bytes: encode(.utf16LittleEndian, mark: [0xFF, 0xFE])),
        Encoded(testDescription: "UTF-16BE mark", bytes: encode(.utf16BigEndian, mark: [0xFE, 0xFF])),
        Encoded(testDescription: "UTF-16LE", bytes: encode(.utf16LittleEndian)),
        Encoded(testDescription: "UTF-16BE", bytes: encode(.utf16BigEndian)),
        Encoded(testDescription: "UTF-16BE declared", bytes: encode(.utf16BigEndian), charset: "utf-16be"),
        Encoded(testDescription: "windows-1252", bytes: encode(.windowsCP1252)),
        Encoded(testDescription: "windows-1252 declared", bytes: encode(.windowsCP1252), charset: "windows-1252"),
        Encoded(testDescription: "windows-1252 called Latin-1", bytes: encode(.windowsCP1252), charset: "ISO-8859-1"),
    ]

    @Test(arguments: readable) func textSurvives(_ encoded: Encoded) throws {
        #expect(encoded.bytes.count > 60)
        let plain = try Extractor.extract(encoded.bytes, format: .plainText, declaredCharset: encoded.charset)
        #expect(plain.text == Self.sample)
    }

    /// Without NULs, so that only the declaration identifies it: 中 has the bytes of `N-`.
    @Test func declaredUTF16NeedsNoLatinLetters() throws {
        let document = try Extractor.extract([0x2D, 0x4E, 0x87, 0x65], format: .plainText, declaredCharset: "utf-16le")
        #expect(document.text == "中文")
    }

    static let refused: [Encoded] = [
        Encoded(
            testDescription: "Shift-JIS",
            bytes: [
                140, 225, 148, 121, 130, 205, 148, 76, 130, 197, 130, 160, 130, 233, 129, 66, 150, 188, 145, 79, 130, 205, 130, 220,
            ]),
        Encoded(
            testDescription: "Shift-JIS, katakana and commas",
            bytes: [
                131, 92, 131, 116, 131, 103, 131, 69, 131, 70, 131, 65, 44, 131, 101, 131, 88, 131, 103, 44, 131, 102, 129, 91,
            ]),
        Encoded(testDescription: "Shift-JIS declared, cut", bytes: [131, 92, 131, 116, 131], charset: "Shift_JIS"),
        Encoded(testDescription: "EUC-JP", bytes: [184, 227, 199, 218, 164, 207, 199, 173, 164, 199, 164, 162, 164, 235]),
        Encoded(testDescription: "ISO-2022-JP of no characters", bytes: [27, 36, 66, 0x7E, 0x7E, 71, 90, 36, 79, 71, 45, 27, 40, 66]),
        Encoded(testDescription: "GBK", bytes: [200, 203, 200, 203, 201, 250, 182, 248, 215, 212, 211, 201, 163, 172]),
        Encoded(testDescription: "Big5", bytes: [164, 72, 164, 72, 165, 205, 166, 211, 166, 219, 165, 209, 161, 65, 166, 98]),
        Encoded(testDescription: "KOI8-R", bytes: [247, 211, 197, 32, 204, 192, 196, 201, 32, 210, 207, 214, 196, 193]),
        Encoded(testDescription: "windows-1251", bytes: [194, 241, 229, 32, 235, 254, 228, 232, 32, 240, 238, 230, 228]),
        Encoded(testDescription: "UTF-8 cut in a letter", bytes: Array("Grüße über".utf8) + [0xC3]),
        Encoded(testDescription: "UTF-8 cut in its only letter past ASCII", bytes: Array("caf".utf8) + [0xC3]),
        Encoded(testDescription: "UTF-8 cut in a euro sign", bytes: Array("5 ".utf8) + [0xE2, 0x82]),
        Encoded(testDescription: "UTF-8 cut after one byte of three", bytes: Array("5 ".utf8) + [0xE2]),
        Encoded(testDescription: "UTF-8 cut in an emoji", bytes: Array("so ".utf8) + [0xF0, 0x9F, 0x98]),
        Encoded(testDescription: "UTF-8 cut, declared", bytes: Array("caf".utf8) + [0xC3], charset: "utf-8"),
        Encoded(testDescription: "UTF-8 mark, cut", bytes: [0xEF, 0xBB, 0xBF] + Array("caf".utf8) + [0xC3]),
        Encoded(testDescription: "UTF-16 declared, cut in a unit", bytes: [0x2D, 0x4E, 0x31], charset: "utf-16le"),
        Encoded(testDescription: "UTF-16 mark, cut in a pair", bytes: [0xFF, 0xFE, 0x61, 0, 0x3D, 0xD8]),
        Encoded(testDescription: "UTF-16 declared, cut in a pair", bytes: [0x2D, 0x4E, 0x3D, 0xD8], charset: "utf-16le"),
        Encoded(testDescription: "UTF-16 unmarked, cut in a unit", bytes: Array(encode(.utf16LittleEndian).dropLast())),
        Encoded(testDescription: "UTF-8 with a fault", bytes: Array("Grüße ".utf8) + [0xFF] + Array("über".utf8)),
        Encoded(testDescription: "surrogates in UTF-8", bytes: Array("ü ü ".utf8) + [0xED, 0xA0, 0x80]),
        Encoded(testDescription: "windows-1252 called UTF-8", bytes: encode(.windowsCP1252), charset: "utf-8"),
        Encoded(testDescription: "bytes windows-1252 lacks", bytes: [0x61, 0x81, 0x62], charset: "windows-1252"),
        Encoded(testDescription: "UTF-16 cut in a unit", bytes: Array(encode(.utf16LittleEndian, mark: [0xFF, 0xFE]).dropLast())),
        Encoded(testDescription: "lone surrogate", bytes: [0xFF, 0xFE, 0x61, 0, 0, 0xD8, 0x62, 0]),
        Encoded(testDescription: "UTF-32", bytes: [0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0]),
        Encoded(testDescription: "a NUL in text", bytes: Array("some text \u{0} more text".utf8)),
        Encoded(testDescription: "control characters", bytes: Array("a\u{1}b\u{2}c".utf8)),
        Encoded(testDescription: "numbers of four bytes", bytes: (1...50).flatMap { [UInt8($0), 0, 0, 0] }),
    ]

    @Test(arguments: refused) func nothingIsGuessedWrong(_ encoded: Encoded) {
        for format in DocumentFormat.texts {
            #expect(outcome(encoded.bytes, format, charset: encoded.charset)?.code == .undecodable, "\(format)")
        }
    }

    /// Truncated UTF-8 is decoded without the partial character or rejected, and never decoded as other letters.
    @Test(arguments: ["café", "naïve Ärger", "5 €", "smile 😀", "日本語", "plain, then "
        + "é", "über"]) func noCutMakesOtherLetters(text: String) {
        let bytes = Array(text.utf8)
        for length in 1..<bytes.count {
            guard let read = try? Extractor.extract(Array(bytes[..<length]), format: .plainText).text else { continue }
            #expect(text.utf8.starts(with: read.utf8), "\(length) bytes of \(text): \(read)")
        }
    }

    /// A last letter outside ASCII is accepted if the encoding is declared.
    @Test func aDeclaredEncodingMayEndInALetter() throws {
        let bytes = Array("caf".utf8) + [0xE9]
        #expect(try Extractor.extract(bytes, format: .plainText, declaredCharset: "windows-1252").text == "café")
        #expect(try Extractor.extract(bytes + [0x0A], format: .plainText).text == "café\n")
        let french = Array("Il est d".utf8) + [0xE9] + Array("j".utf8) + [0xE0] + Array(" l".utf8) + [0xE0]
        #expect(try Extractor.extract(french, format: .plainText).text == "Il est déjà là")
    }

    @Test(arguments: 0..<50 as Range<UInt64>) func randomBytesAreNotText(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        let bytes = (0..<2000).map { _ in UInt8.random(in: 0...255, using: &rng) }
        #expect(outcome(bytes, .plainText)?.code == .undecodable, "seed \(seed)")
    }

    @Test(arguments: [
        ("<meta charset=windows-1252>", true), ("<meta charset='iso-8859-1'>", true),
        ("<META http-equiv=Content-Type content='text/html; charset=latin1'>", true),
        ("<?xml version='1.0' encoding='ISO-8859-1'?>", true), ("<!-- <meta charset=utf-8> -->", true),
        ("<meta charset=utf-8>", false), ("<meta charset=x-none>", false),
    ])
    func htmlMayDeclareItself(_ head: String, _ isReadable: Bool) {
        let bytes = Array("\(head)<p>caf".utf8) + [0xE9] + Array(" au lait</p>".utf8)
        let document = try? Extractor.extract(bytes, format: .html)
        #expect(document?.text == (isReadable ? "café au lait" : nil))
    }

    @Test(arguments: DocumentFormat.texts) func blankTextIsEmpty(format: DocumentFormat) {
        for text in ["", " ", "\n\r\n\t", "\u{FEFF}", "\u{A0}\u{3000}\u{200B}\u{2028}"] {
            #expect(outcome(Array(text.utf8), format)?.code == .empty, "\(format)")
        }
    }

    @Test func newlinesAreOneKind() throws {
        let document = try Extractor.extract(Array("a\r\nb\rc\n\r\nd\r".utf8), format: .plainText)
        #expect(document.text == "a\nb\nc\n\nd\n")
        #expect(document.outline == ["p: a\nb\nc", "p: d"])
    }

    @Test func limitsAreKeptExactly() {
        let limits = ExtractLimits(maxBytes: 10, maxTextBytes: 10)
        #expect(outcome(Array("0123456789".utf8), .plainText, limits: limits) == nil)
        #expect(outcome(Array("0123456789a".utf8), .plainText, limits: limits)?.code == .tooLarge)
        let latin1 = Array("caf".utf8) + [0xE9]
        #expect(outcome(latin1, .plainText, charset: "latin1", limits: ExtractLimits(maxTextBytes: 5)) == nil)
        #expect(outcome(latin1, .plainText, charset: "latin1", limits: ExtractLimits(maxTextBytes: 4))?.code == .tooLarge)
        let paragraphs = Array("a\n\nb\n\nc".utf8)
        for format in [DocumentFormat.plainText, .markdown] {
            #expect(outcome(paragraphs, format, limits: ExtractLimits(maxBlocks: 3)) == nil)
            #expect(outcome(paragraphs, format, limits: ExtractLimits(maxBlocks: 2))?.code == .tooLarge)
        }
        let html = Array("<p>a<p>b<p>c".utf8)
        #expect(outcome(html, .html, limits: ExtractLimits(maxBlocks: 3)) == nil)
        #expect(outcome(html, .html, limits: ExtractLimits(maxBlocks: 2))?.code == .tooLarge)
        #expect(outcome(html, .html, limits: ExtractLimits(maxTextBytes: 7)) == nil)
        #expect(outcome(html, .html, limits: ExtractLimits(maxTextBytes: 4))?.code == .tooLarge)
    }
}
