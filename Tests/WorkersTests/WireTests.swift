import Extraction
import TestSupport
import Testing
import Workers

/// The stream between the server and its workers: what one side writes, the other reads, and nothing else.
@Suite struct WireTests {
    static let document = ExtractedDocument(
        title: "Títle", text: "Head\n\na | b\n1 | 2\n\nx,y\n\nfn()\n\n{}\n\n• é\n\nsaid", blocks: [
            TextBlock(kind: .heading(level: 3), range: 0..<4), TextBlock(kind: .tableRow, range: 6..<11),
            TextBlock(kind: .tableRow, range: 12..<17, header: 6..<11), TextBlock(kind: .record(delimiter: 0x2C), range: 19..<22),
            TextBlock(kind: .code, range: 24..<28), TextBlock(kind: .json, range: 30..<32), TextBlock(kind: .listItem, range: 34..<40),
            TextBlock(kind: .quote, range: 42..<46),
        ], mediaType: .html,
        parts: [
            DocumentPart(kind: .page, number: 1, label: "iv", range: 0..<17), DocumentPart(kind: .attachment, number: 2, range: 19..<46),
        ])

    static func reply(_ content: WireReply.Content) -> WireReply {
        WireReply(number: 7, content: content, processorMicroseconds: 12)
    }

    /// Reads a whole reply as the server does.
    static func read(_ bytes: [UInt8], limits: ExtractLimits = ExtractLimits()) throws(WireError) -> WireReply {
        let header = try WireReply.Header(Array(bytes.prefix(WireFormat.replyHeaderBytes)))
        return try WireReply(header, body: Array(bytes.dropFirst(WireFormat.replyHeaderBytes)), limits: limits)
    }

    @Test func repliesTravel() throws {
        for content in [WireReply.Content.document(Self.document), .refusal(ExtractError(.encrypted, "needs a password"))] {
            let reply = Self.reply(content)
            #expect(try Self.read(reply.bytes) == reply)
        }
        #expect(Self.document.fault(ExtractLimits()) == nil)
    }

    @Test func requestsTravel() throws {
        let limits = ExtractLimits(maxBytes: 1, maxTextBytes: 2, maxBlocks: 3, maxDepth: 4, maxNesting: 5, maxUnpackedBytes: 6, maxParts: 7)
        for (type, name) in [("text/html; charset=utf-8", nil), (nil, "a.html"), (nil, nil)] as [(String?, String?)] {
            let request = WireRequest(number: 3, contentType: type, fileName: name, limits: limits)
            let header = try WireRequest.Header(Array(request.bytes.prefix(WireFormat.requestHeaderBytes)))
            #expect(header.bodyBytes == request.bytes.count - WireFormat.requestHeaderBytes)
            #expect(try WireRequest(header, body: Array(request.bytes.dropFirst(WireFormat.requestHeaderBytes))) == request)
        }
    }

    @Test func aLongFileNameKeepsItsExtension() throws {
        let name = String(repeating: "é", count: 10_000) + ".html"
        let bytes = WireRequest(number: 1, contentType: nil, fileName: name, limits: ExtractLimits()).bytes
        let header = try WireRequest.Header(Array(bytes.prefix(WireFormat.requestHeaderBytes)))
        let request = try WireRequest(header, body: Array(bytes.dropFirst(WireFormat.requestHeaderBytes)))
        #expect(request.fileName?.hasSuffix(".html") == true)
    }

    @Test func theGreetingTravels() throws {
        let greeting = WireGreeting(protections: [.landlock, .systemCallFilter])
        #expect(greeting.bytes.count == WireFormat.greetingBytes)
        #expect(try WireGreeting(greeting.bytes) == greeting)
        #expect(throws: WireError.self) { try WireGreeting(greeting.bytes.map { $0 ^ 1 }) }
    }

    /// Documents that a worker must not be believed.
    static let lies: [(what: String, document: ExtractedDocument)] = {
        func document(
            _ blocks: [TextBlock], text: String = "one two é", title: String? = nil, parts: [DocumentPart] = []
        ) -> ExtractedDocument {
            ExtractedDocument(title: title, text: text, blocks: blocks, mediaType: .plainText, parts: parts)
        }
        func paragraph(_ range: Range<Int>, header: Range<Int>? = nil) -> TextBlock {
            TextBlock(kind: .paragraph, range: range, header: header)
        }
        let all = paragraph(0..<10)
        return [
            ("past the end", document([paragraph(0..<11)])), ("far past the end", document([paragraph(0..<4_000_000_000)])),
            ("inside a scalar", document([paragraph(0..<9)])), ("overlapping", document([paragraph(0..<7), paragraph(4..<10)])),
            ("out of order", document([paragraph(4..<10), paragraph(0..<3)])), ("empty", document([all, paragraph(10..<10)])),
            ("text between blocks", document([paragraph(0..<3), paragraph(8..<10)])), ("text after", document([paragraph(0..<7)])),
            ("no blocks", document([])), ("header after its row", document([paragraph(0..<3, header: 4..<7), paragraph(4..<10)])),
            ("header past the end", document([paragraph(0..<10, header: 20..<30)])), ("NUL", document([paragraph(0..<3)], text: "a\0b")),
            ("title of two lines", document([all], title: "a\nb")), ("empty title", document([all], title: "")),
            ("long title", document([all], title: String(repeating: "a", count: 301))),
            ("part past the end", document([all], parts: [DocumentPart(kind: .page, number: 1, range: 0..<11)])),
            ("part inside a scalar", document([all], parts: [DocumentPart(kind: .page, number: 1, range: 9..<10)])),
            ("part 0", document([all], parts: [DocumentPart(kind: .page, number: 0, range: 0..<10)])),
            ("overlapping parts", document([all], parts: [0..<7, 4..<10].map { DocumentPart(kind: .page, number: 1, range: $0) })),
            ("label of two lines", document([all], parts: [DocumentPart(kind: .sheet, number: 1, label: "a\nb", range: 0..<10)])),
        ]
    }()

    @Test(arguments: lies.indices) func liesAreErrors(place: Int) {
        let bytes = Self.reply(.document(Self.lies[place].document)).bytes
        #expect(throws: WireError.self, "\(Self.lies[place].what)") { try Self.read(bytes) }
    }

    @Test func limitsHold() {
        let bytes = Self.reply(.document(Self.document)).bytes
        for limits in [ExtractLimits(maxTextBytes: 45), ExtractLimits(maxBlocks: 7), ExtractLimits(maxParts: 1)] {
            #expect(throws: WireError.self) { try Self.read(bytes, limits: limits) }
        }
        #expect(WireReply.maximumBody(ExtractLimits(maxTextBytes: .max, maxBlocks: .max)) == .max)
    }

    /// Whatever bytes come, they are a sound document or an error, and never end the process. The checksum is set right, so that the fuzz
    /// reaches what is behind it.
    @Test func changedRepliesAreSoundOrErrors() throws {
        var random = SplitMix64(seed: 15)
        let body = Array(Self.reply(.document(Self.document)).bytes.dropFirst(WireFormat.replyHeaderBytes))
        var (read, refused) = (0, 0)
        for round in 0..<4000 {
            var changed = body
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<changed.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: changed[place] = UInt8.random(in: 0...255, using: &random)
                case 1: changed[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 2: changed.removeSubrange(place...)
                default: changed.insert(contentsOf: [0xFF, 0xFF, 0xFF, 0x7F], at: place)
                }
                if changed.isEmpty { changed = [0] }
            }
            let reply = WireReply(number: 7, content: .refusal(ExtractError(.empty, "")), processorMicroseconds: 0)
            var header = Array(reply.bytes.prefix(WireFormat.replyHeaderBytes))
            header[6] = round % 5 == 0 ? 2 : 1
            header.replaceSubrange(16..<24, with: withUnsafeBytes(of: UInt64(changed.count).littleEndian) { Array($0) })
            header.replaceSubrange(24..<32, with: withUnsafeBytes(of: WireFormat.checksum(changed).littleEndian) { Array($0) })
            do throws(WireError) {
                let reply = try Self.read(header + changed)
                if case .document(let document) = reply.content { #expect(document.fault(ExtractLimits()) == nil, "round \(round)") }
                read += 1
            } catch {
                refused += 1
            }
        }
        #expect(read > 30 && refused > 1000, "\(read) read, \(refused) refused")
    }

    @Test func aWrongChecksumIsAnError() throws {
        var bytes = Self.reply(.document(Self.document)).bytes
        bytes[bytes.count - 30] ^= 0x20
        #expect(throws: WireError("the reply's checksum is wrong")) { try Self.read(bytes) }
    }
}
