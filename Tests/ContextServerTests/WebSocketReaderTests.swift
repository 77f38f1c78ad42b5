import ContextServer
import NIOCore
import TestSupport
import Testing

/// Frames and messages as values, without a connection.
@Suite(.timeLimit(.minutes(10))) struct WebSocketReaderTests {
    private static let limits: WebSocketLimits = {
        var limits = WebSocketLimits()
        (limits.firstMessageBytes, limits.messageBytes, limits.messageParts) = (64, 70_000, 8)
        return limits
    }()

    /// What the bytes say, however they are cut.
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
        WebSocketProbe.frame(opcode, Array(text.utf8), isLast: isLast)
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

    /// A character may be cut between two parts, but a message is valid on its own.
    @Test func partsMayCutACharacter() {
        let parts = WebSocketProbe.frame(1, [0xC3], isLast: false) + WebSocketProbe.frame(0, [0xBC])
        #expect(Self.read(parts).events == [Self.text("ü")])
    }

    static let violations: [(name: String, bytes: [UInt8], code: UInt16)] = [
        ("not masked", WebSocketProbe.frame(1, [0x61], mask: nil), 1002), ("reserved bit", [0xC1, 0x80, 0, 0, 0, 0], 1002),
        ("reserved opcode", [0x83, 0x80, 0, 0, 0, 0], 1002), ("reserved control opcode", [0x8B, 0x80, 0, 0, 0, 0], 1002),
        ("ping in parts", WebSocketProbe.frame(9, [], isLast: false), 1002),
        ("long ping", WebSocketProbe.frame(9, [UInt8](repeating: 0, count: 126)), 1002),
        ("goes on without a beginning", frame(0, "x"), 1002), ("begins twice", frame(1, "x", isLast: false) + frame(1, "x"), 1002),
        ("binary", WebSocketProbe.frame(2, [1]), 1003), ("not UTF-8", WebSocketProbe.frame(1, [0xFF]), 1007),
        ("surrogate", WebSocketProbe.frame(1, [0xED, 0xA0, 0x80]), 1007), ("cut character", WebSocketProbe.frame(1, [0xC3]), 1007),
        ("first too large", frame(1, String(repeating: "a", count: 65)), 1008),
        ("first too large in parts", frame(1, String(repeating: "a", count: 60), isLast: false) + frame(0, "12345"), 1008),
        ("first in too many parts", frame(1, "", isLast: false) + Array((0..<9).flatMap { _ in frame(0, "", isLast: false) }), 1008),
        ("announced too large", frame(1, "x") + [0x81, 0xFF, 0, 0, 0, 0, 0, 1, 0x11, 0x71], 1009),
        ("announced beyond all numbers", frame(1, "x") + [0x81, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], 1009),
        ("too many parts", frame(1, "x") + frame(1, "", isLast: false) + Array((0..<9).flatMap { _ in frame(0, "", isLast: false) }), 1009),
        ("close with one byte", WebSocketProbe.frame(8, [3]), 1002),
        ("close with no code to send", WebSocketProbe.frame(8, [3, 0xED]), 1002),
        ("close with a bad reason", WebSocketProbe.frame(8, [3, 0xE8, 0xFF]), 1007),
    ]

    @Test(arguments: violations.indices) func violationsHaveTheirCode(place: Int) {
        let (name, bytes, code) = Self.violations[place]
        for pieces in [1, Int.max] { #expect(Self.read(bytes, pieces: pieces).closing?.code == code, "\(name)") }
    }

    @Test func aCloseIsAnsweredWithItsCode() {
        #expect(Self.read(WebSocketProbe.frame(8, [])).events == [.close(.done)])
        #expect(Self.read(WebSocketProbe.frame(8, [0x0F, 0xA0] + Array("bye".utf8))).events == [.close(WebSocketClosing(4000, ""))])
    }

    /// Whatever comes is read or refused.
    @Test(arguments: 0..<300 as Range<UInt64>) func anythingIsReadOrRefused(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var bytes: [UInt8] = []
        while bytes.count < 400 {
            var frame = WebSocketProbe.frame(
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
            // As a client would send it: masked, here with zeros.
            bytes[1] |= 0x80
            let head = 2 + (length < 126 ? 0 : length < 65_536 ? 2 : 8)
            bytes.insert(contentsOf: [0, 0, 0, 0], at: head)
            let read = Self.read(Self.frame(1, "x") + bytes)
            #expect(read.events.last == .text(ByteBuffer(repeating: 0x61, count: length)), "\(length)")
        }
    }
}

/// Which queries run.
@Suite(.timeLimit(.minutes(10))) struct QueryLineTests {
    private func arrives(_ line: inout QueryLine<String>, _ query: String, _ id: String? = nil) -> String {
        switch line.arrive(query, id: id) {
        case .start: "start"
        case .wait: "wait"
        case .refuse(let refusal): "\(refusal)"
        }
    }

    @Test func namedOnesRunTogetherAndOthersInTheirOrder() {
        var line = QueryLine<String>(running: 2, waiting: 3)
        #expect(arrives(&line, "a") == "start" && arrives(&line, "b") == "wait")
        #expect(arrives(&line, "c", "1") == "start" && arrives(&line, "d", "2") == "wait")
        #expect(arrives(&line, "e", "1") == "idInUse" && arrives(&line, "e", "2") == "idInUse")
        #expect(arrives(&line, "f") == "wait" && arrives(&line, "g", "3") == "full")
        // "b" has to wait for "a"; "d" may overtake it.
        #expect(line.ended(id: "1")?.query == "d")
        #expect(line.ended(id: nil)?.query == "b")
        #expect(line.ended(id: "2") == nil)
        #expect(arrives(&line, "c", "1") == "start")
        #expect(line.ended(id: nil)?.query == "f" && line.ended(id: "1") == nil && line.isBusy)
        #expect(line.ended(id: nil) == nil && !line.isBusy)
    }

    @Test func afterTheStopNothingBegins() {
        var line = QueryLine<String>(running: 1, waiting: 3)
        #expect(arrives(&line, "a", "1") == "start" && arrives(&line, "b", "2") == "wait")
        #expect(line.stop().map(\.query) == ["b"])
        #expect(arrives(&line, "c") == "stopping" && line.ended(id: "1") == nil && !line.isBusy && line.isStopping)
    }
}
