import NIOCore
import TestSupport
import Testing
import WebSockets

/// Frames and messages as values, without a connection.
@Suite(.timeLimit(.minutes(10))) struct WebSocketReaderTests {
    private static let limits: WebSocketLimits = {
        var limits = WebSocketLimits()
        (limits.firstMessageBytes, limits.messageBytes, limits.messageParts) = (64, 70_000, 8)
        return limits
    }()

    /// Reads the bytes, split into pieces.
    private static func read(_ bytes: [UInt8], pieces: Int = .max) -> (events: [WebSocketReader.Event], closing: WebSocketClosing?) {
        var reader = WebSocketReader(limits)
        var events: [WebSocketReader.Event] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            reader.append(ByteBuffer(bytes: rest.prefix(pieces)))
            rest = rest.dropFirst(pieces)
            do throws(WebSocketClosing) { while let event = try reader.next() { events.append(event) } } catch { return (events, error) }
        }
        return (events, nil)
    }

    private static func text(_ text: String) -> WebSocketReader.Event { .text(ByteBuffer(string: text)) }

    private static func frame(_ opcode: UInt8, _ text: String, isLast: Bool = true) -> [UInt8] {
        ClientFrame.bytes(opcode, Array(text.utf8), isLast: isLast)
    }

    @Test func messagesComeOutHoweverTheBytesAreCut() {
        let long = String(repeating: "ü", count: 30_000)
        let medium = String(repeating: "a", count: 300)
        let bytes =
            Self.frame(1, "first") + Self.frame(1, "Gr", isLast: false) + Self.frame(9, "ping") + Self.frame(0, "", isLast: false)
            + Self.frame(0, "üße") + Self.frame(1, "") + Self.frame(10, "x") + Self.frame(1, medium) + Self.frame(1, long)
        let want: [WebSocketReader.Event] = [
            Self.text("first"), .ping(ByteBuffer(string: "ping")), Self.text("Grüße"), Self.text(""), .pong, Self.text(medium),
            Self.text(long),
        ]
        for pieces in [1, 2, 3, 7, 64, 1000, Int.max] {
            let read = Self.read(bytes, pieces: pieces)
            #expect(read.events == want && read.closing == nil, "pieces of \(pieces)")
        }
    }

    /// A character may be split between two fragments, but the complete message must be valid.
    @Test func partsMayCutACharacter() {
        let parts = ClientFrame.bytes(1, [0xC3], isLast: false) + ClientFrame.bytes(0, [0xBC])
        #expect(Self.read(parts).events == [Self.text("ü")])
    }

    static let violations: [(name: String, bytes: [UInt8], code: UInt16)] = [
        ("not masked", ClientFrame.bytes(1, [0x61], mask: nil), 1002), ("reserved bit", [0xC1, 0x80, 0, 0, 0, 0], 1002),
        ("reserved opcode", [0x83, 0x80, 0, 0, 0, 0], 1002), ("reserved control opcode", [0x8B, 0x80, 0, 0, 0, 0], 1002),
        ("fragmented ping", ClientFrame.bytes(9, [], isLast: false), 1002),
        ("long ping", ClientFrame.bytes(9, [UInt8](repeating: 0, count: 126)), 1002),
        ("continuation without a start", frame(0, "x"), 1002), ("starts twice", frame(1, "x", isLast: false) + frame(1, "x"), 1002),
        ("binary", ClientFrame.bytes(2, [1]), 1003), ("not UTF-8", ClientFrame.bytes(1, [0xFF]), 1007),
        ("surrogate", ClientFrame.bytes(1, [0xED, 0xA0, 0x80]), 1007), ("cut character", ClientFrame.bytes(1, [0xC3]), 1007),
        ("first too large", frame(1, String(repeating: "a", count: 65)), 1008),
        ("first too large, in fragments", frame(1, String(repeating: "a", count: 60), isLast: false) + frame(0, "12345"), 1008),
        ("first in too many fragments", frame(1, "", isLast: false) + Array((0..<9).flatMap { _ in frame(0, "", isLast: false) }), 1008),
        ("announced length too large", frame(1, "x") + [0x81, 0xFF, 0, 0, 0, 0, 0, 1, 0x11, 0x71], 1009),
        ("announced length overflows", frame(1, "x") + [0x81, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], 1009),
        ("too many parts", frame(1, "x") + frame(1, "", isLast: false) + Array((0..<9).flatMap { _ in frame(0, "", isLast: false) }), 1009),
        ("close with one byte", ClientFrame.bytes(8, [3]), 1002),
        ("close with an invalid code", ClientFrame.bytes(8, [3, 0xED]), 1002),
        ("close with an invalid reason", ClientFrame.bytes(8, [3, 0xE8, 0xFF]), 1007),
    ]

    @Test(arguments: violations.indices) func violationsHaveTheirCode(place: Int) {
        let (name, bytes, code) = Self.violations[place]
        for pieces in [1, Int.max] { #expect(Self.read(bytes, pieces: pieces).closing?.code == code, "\(name)") }
    }

    @Test func aCloseIsAnsweredWithItsCode() {
        #expect(Self.read(ClientFrame.bytes(8, [])).events == [.close(.done)])
        #expect(Self.read(ClientFrame.bytes(8, [0x0F, 0xA0] + Array("bye".utf8))).events == [.close(WebSocketClosing(4000, ""))])
    }

    /// Any input is either parsed or rejected.
    @Test(arguments: 0..<300 as Range<UInt64>) func anythingIsReadOrRefused(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var bytes: [UInt8] = []
        while bytes.count < 400 {
            var frame = ClientFrame.bytes(
                [0, 1, 1, 2, 8, 9, 10].randomElement(using: &random) ?? 0, (0..<Int.random(in: 0...40, using: &random)).map { _ in 0x61 },
                isLast: Bool.random(using: &random))
            if Int.random(in: 0..<4, using: &random) == 0 {
                frame[Int.random(in: 0..<frame.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            }
            bytes += frame
        }
        let (once, cut) = (Self.read(bytes), Self.read(bytes, pieces: Int.random(in: 1...9, using: &random)))
        #expect(once.events == cut.events && once.closing == cut.closing, "seed \(seed)")
    }

    @Test func framesOfTheServerCanBeRead() {
        for length in [0, 1, 125, 126, 65_535, 65_536] {
            var bytes = Array(WebSocketFrame(.text, ByteBuffer(repeating: 0x61, count: length)).bytes.readableBytesView)
            // Masked, as a client would send it, here with zeros.
            bytes[1] |= 0x80
            let head = 2 + (length < 126 ? 0 : length < 65_536 ? 2 : 8)
            bytes.insert(contentsOf: [0, 0, 0, 0], at: head)
            let read = Self.read(Self.frame(1, "x") + bytes)
            #expect(read.events.last == .text(ByteBuffer(repeating: 0x61, count: length)), "\(length)")
        }
    }
}
