import Extraction
import Mail
import TestSupport
import Testing

/// Messages of Outlook, which are built here as compound files.
@Suite struct OutlookTests {
    typealias Node = CompoundFileBuilder.Node

    static func string(_ number: String, _ text: String) -> Node {
        .stream("__substg1.0_\(number)001F", text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
    }

    static func binary(_ number: String, _ bytes: [UInt8]) -> Node { .stream("__substg1.0_\(number)0102", bytes) }

    /// - Parameters:
    ///   - header: the number of bytes before the properties: 32, 24 or 8.
    ///   - values: number and type, and the value.
    static func properties(_ header: Int, _ values: [(UInt32, UInt64)]) -> Node {
        var bytes = [UInt8](repeating: 0, count: header)
        for (tag, value) in values {
            bytes += (0..<4).map { UInt8(truncatingIfNeeded: tag >> (8 * UInt32($0))) } + [6, 0, 0, 0]
            bytes += (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
        }
        return .stream("__properties_version1.0", bytes)
    }

    private static func message(_ body: [Node]) -> [Node] {
        [
            properties(32, [(0x3FFD_0003, 1251), (0x0039_0040, 133_485_408_000_000_000)]), string("0037", "Plans"), string("0C1A", "Ann"),
            string("0C1F", "ann@example.org"),
            .storage(
                "__recip_version1.0_#00000000",
                [properties(8, [(0x0C15_0003, 1)]), string("3001", "Bo"), string("39FE", "bo@example.org")]),
            .storage("__recip_version1.0_#00000001", [properties(8, [(0x0C15_0003, 2)]), string("3001", "cy@example.org")]),
        ] + body
    }

    private static let header = [
        "h1: Plans", "p: From: Ann <ann@example.org>", "p: To: Bo <bo@example.org>", "p: Cc: cy@example.org",
        "p: Date: 2024-01-01 00:00 UTC",
    ]

    @Test func plainBodyAndPeople() throws {
        let document = try mail(CompoundFileBuilder.bytes(Self.message([Self.string("1000", "Hello\r\nthere\r\n\r\n> old")])), .msg)
        #expect(document.outline == Self.header + ["p: Hello\nthere", "quote: old"])
        #expect(document.title == "Plans" && document.mediaType.essence == "application/vnd.ms-outlook")
    }

    @Test func stringsOfACodePage() throws {
        let body = Node.stream("__substg1.0_1000001E", [0xC2, 0xF1, 0xE5])
        #expect(try mail(CompoundFileBuilder.bytes(Self.message([body])), .msg).text.hasSuffix("Все"))
    }

    @Test func richBodiesArePreferred() throws {
        let html = Self.binary("1013", Array("<h2>Rich</h2><p>words".utf8))
        let plain = Self.string("1000", "plain")
        #expect(try mail(CompoundFileBuilder.bytes(Self.message([plain, html])), .msg).outline == Self.header + ["h2: Rich", "p: words"])
        let rtf = Array(#"{\rtf1\fromhtml1{\*\htmltag1 <p>}inside{\*\htmltag1 </p>}}"#.utf8)
        let count = UInt8(rtf.count)
        let stored = Self.binary("1009", [count + 12, 0, 0, 0, count, 0, 0, 0] + Array("MELA".utf8) + [0, 0, 0, 0] + rtf)
        #expect(try mail(CompoundFileBuilder.bytes(Self.message([plain, stored])), .msg).outline == Self.header + ["p: inside"])
    }

    /// The example of MS-OXRTFCP 9.0, section 3.1.1.
    @Test func compressedRTFIsExpanded() throws {
        let compressed: [UInt8] = [
            0x2D, 0, 0, 0, 0x2B, 0, 0, 0, 0x4C, 0x5A, 0x46, 0x75, 0xF1, 0xC5, 0xC7, 0xA7, 0x03, 0x00, 0x0A, 0x00, 0x72, 0x63, 0x70, 0x67,
            0x31,
            0x32, 0x35, 0x42, 0x32, 0x0A, 0xF3, 0x20, 0x68, 0x65, 0x6C, 0x09, 0x00, 0x20, 0x62, 0x77, 0x05, 0xB0, 0x6C, 0x64, 0x7D, 0x0A,
            0x80,
            0x0F, 0xA0,
        ]
        let seen = Seen()
        let file = CompoundFileBuilder.bytes(Self.message([Self.binary("1009", compressed)]))
        _ = try MailReader.read(
            FileBytes(file), format: .msg, ReadingContext(limits: ExtractLimits()),
            attachment: { (file, _, type) throws(ExtractError) in
                seen.text = "\(type ?? "-") \(String(decoding: file.all, as: UTF8.self))"
                throw ExtractError(.empty, "the test reads no RTF")
            })
        #expect(seen.text == "application/rtf {\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n")
    }

    private final class Seen: @unchecked Sendable { var text = "" }

    @Test func attachmentsAndMessagesInside() throws {
        let file = Node.storage(
            "__attach_version1.0_#00000000",
            [Self.properties(8, [(0x3705_0003, 1)]), Self.string("3707", "note.txt"), Self.binary("3701", Array("a note".utf8))])
        let inner = Node.storage(
            "__attach_version1.0_#00000001",
            [
                Self.properties(8, [(0x3705_0003, 5)]), Self.string("3001", "Inner"),
                .storage(
                    "__substg1.0_3701000D",
                    [Self.properties(24, [(0x3FFD_0003, 1252)]), Self.string("0037", "Inner"), Self.string("1000", "inside")]),
            ])
        let picture = Node.storage(
            "__attach_version1.0_#00000002",
            [
                Self.properties(8, []), Self.string("3707", "logo.png"), Self.string("370E", "image/png"), Self.string("3712", "x"),
                Self.binary("3701", [1]),
            ])
        let large = Node.storage(
            "__attach_version1.0_#00000003",
            [
                Self.properties(8, []), Self.string("3707", "large.txt"),
                Self.binary("3701", Array(String(repeating: "words ", count: 2000).utf8)),
            ])
        let document = try mail(CompoundFileBuilder.bytes(Self.message([Self.string("1000", "body"), file, inner, picture, large])), .msg)
        #expect(
            Array(document.outline.prefix(11))
                == Self.header + ["p: body", "h2: note.txt", "p: a note", "h1: Inner", "p: inside", "h2: large.txt"])
        #expect(document.outline.last?.utf8.count == 12_003 - 1)
        #expect(document.parts.map(\.label) == ["note.txt", "Inner", "large.txt"])
    }

    @Test func otherCompoundFilesAreNoMessages() {
        for file in [CompoundFileBuilder.bytes([.stream("WordDocument", [1])]), Array("text".utf8)] {
            let error = #expect(throws: ExtractError.self) { try mail(file, .msg) }
            #expect(error?.code == .malformed)
        }
    }

    /// Chains and trees that run in circles end.
    @Test func everyFileIsADocumentOrAnError() throws {
        let corpus = [
            CompoundFileBuilder.bytes(
                Self.message([
                    Self.string("1000", "body"),
                    .storage("__attach_version1.0_#00000000", [Self.string("3707", "a.txt"), Self.binary("3701", [97])]),
                ])),
            CompoundFileBuilder.bytes(Self.message([Self.binary("1013", [UInt8](repeating: 97, count: 5000))])),
        ]
        let fuzzing = Fuzzing("msg")
        try fuzzing.run(corpus: corpus, tokens: ["\u{0}\u{0}", "_", "\u{1}\u{0}\u{0}\u{0}"], maximumBytes: 16_384) { input, number in
            if let document = try? mail(input, .msg) { expectSound(document, fuzzing.note(number)) }
        }
    }
}
