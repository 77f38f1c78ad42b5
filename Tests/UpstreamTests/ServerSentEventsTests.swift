import TestSupport
import Testing
import Upstream

@Suite(.timeLimit(.minutes(10))) struct ServerSentEventsTests {
    static func events(_ parts: [[UInt8]], limits: ServerSentEvents.Limits = .init()) throws -> [ServerSentEvent] {
        var reader = ServerSentEvents(limits: limits)
        return try parts.flatMap { try reader.append($0) }
    }

    static func events(_ text: String) throws -> [ServerSentEvent] { try events([Array(text.utf8)]) }

    /// The examples of the standard, and the edge cases that it describes.
    @Test func theStandardsExamples() throws {
        #expect(try Self.events("data: YHOO\ndata: +2\ndata: 10\n\n") == [.init(data: "YHOO\n+2\n10")])
        #expect(
            try Self.events(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n")
                == [.init(data: "first event", id: "1"), .init(data: "second event", id: ""), .init(data: " third event", id: "")])
        // The last block has no blank line after it, so it is not an event.
        #expect(try Self.events("data\n\ndata\ndata\n\ndata:") == [.init(data: ""), .init(data: "\n")])
        #expect(try Self.events("data:test\n\ndata: test\n\n") == [.init(data: "test"), .init(data: "test")])
        #expect(try Self.events("event: add\ndata: 1\n\nevent: gone\n\ndata: 2\n\n") == [.init(name: "add", data: "1"), .init(data: "2")])
        #expect(try Self.events("\u{FEFF}data: a\n\n\u{FEFF}data: b\n\n") == [.init(data: "a")])
        #expect(
            try Self.events("retry: 10\ndata: a\n\nretry: 1x\ndata: b\n\n") == [.init(data: "a", retryMilliseconds: 10), .init(data: "b")])
        #expect(try Self.events("retry: 99999999999999999999999\ndata: a\n\n") == [.init(data: "a")])
        #expect(try Self.events("id: a\u{0}b\ndata: a\n\n") == [.init(data: "a")])
        #expect(try Self.events("data: a\r\rdata: b\r\n\r\ndata: c\n\r\n") == [.init(data: "a"), .init(data: "b"), .init(data: "c")])
        #expect(try Self.events("DATA: a\nunknown: x\n:\n\n") == [])
    }

    @Test func bytesThatAreNoUTF8AreReplaced() throws {
        #expect(try Self.events([Array("data: a".utf8) + [0xFF, 0xC3], Array("\n\n".utf8)]) == [.init(data: "a\u{FFFD}\u{FFFD}")])
    }

    @Test func anEventComesWithItsBlankLineAndNotLater() throws {
        var reader = ServerSentEvents()
        #expect(try reader.append(Array("data: a\r\n".utf8)) == [])
        #expect(try reader.append(Array("\r".utf8)) == [.init(data: "a")])
        #expect(try reader.append(Array("\n".utf8)) == [])
        #expect(try reader.append(Array("data: b\n\n".utf8)) == [.init(data: "b")])
    }

    @Test func limitsHoldExactly() throws {
        let limits = ServerSentEvents.Limits(lineBytes: 10, dataBytes: 9)
        func data(_ text: String) throws -> [String] { try Self.events([Array(text.utf8)], limits: limits).map(\.data) }
        #expect(try data("data: 6789\n\n") == ["6789"])
        #expect(try data("data:6789\ndata:6789\n\n") == ["6789\n6789"])
        for text in ["data: 67890", ":2345678901\n", "data:6789\ndata:67890\n\n"] {
            let error = #expect(throws: UpstreamError.self) { try data(text) }
            #expect(error?.code == .tooLarge, "\(text)")
        }
    }

    /// Splitting a stream does not change its events.
    @Test(arguments: 0..<400) func anyCutGivesTheSame(seed: Int) throws {
        var rng = SplitMix64(seed: UInt64(seed))
        let bytes = Self.stream(&rng)
        let expected = SlowReader.events(bytes)
        #expect(try Self.events([bytes]) == expected, "seed \(seed)")
        #expect(try Self.events(bytes.map { [$0] }) == expected, "seed \(seed), byte by byte")
        for _ in 0..<10 {
            var parts: [[UInt8]] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Int.random(in: 0...min(12, rest.count), using: &rng)
                parts.append(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            #expect(try Self.events(parts) == expected, "seed \(seed), parts \(parts.map(\.count))")
        }
    }

    /// Generates lines, both typical and malformed ones.
    private static func stream(_ rng: inout SplitMix64) -> [UInt8] {
        let fields = ["data", "data:", "data: ", "event: ", "id: ", "id", "retry: ", ":", ": ", "other: ", "", "", " data: ", "data :"]
        let values = ["", "x", "{\"a\":1}", "ü", "日本", "🙂", "a:b", "  ", "12", "\u{0}", "\u{FEFF}"]
        let ends = ["\n", "\r", "\r\n", "\n\n", "\r\n\r\n", "\r\r"]
        var bytes: [UInt8] = Bool.random(using: &rng) ? [0xEF, 0xBB, 0xBF] : []
        for _ in 0..<Int.random(in: 0...25, using: &rng) {
            bytes += Array((fields.randomElement(using: &rng) ?? "").utf8)
            bytes += Array((values.randomElement(using: &rng) ?? "").utf8)
            if Int.random(in: 0..<8, using: &rng) == 0 { bytes.append(UInt8.random(in: 0x80...0xFF, using: &rng)) }
            bytes += Array((ends.randomElement(using: &rng) ?? "").utf8)
        }
        return bytes
    }

    @Test func anyBytesAreRead() throws {
        var rng = SplitMix64(seed: 5)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...200, using: &rng)).map { _ in
                Bool.random(using: &rng) ? UInt8.random(in: 0...255, using: &rng) : Array("data:\n\r ".utf8).randomElement(using: &rng) ?? 0
            }
            #expect(try Self.events([bytes]) == SlowReader.events(bytes), "\(bytes)")
        }
    }
}

/// A literal implementation of the standard, for a complete text.
private enum SlowReader {
    static func events(_ bytes: [UInt8]) -> [ServerSentEvent] {
        var text = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
        if text.first == "\u{FEFF}" { text.removeFirst() }
        var events: [ServerSentEvent] = []
        var (name, data, id, retry) = ("", "", String?.none, Int?.none)
        for line in lines(text) {
            if line.isEmpty {
                if !data.isEmpty {
                    events.append(
                        .init(
                            name: name.isEmpty ? "message" : name, data: String(data.unicodeScalars.dropLast()), id: id,
                            retryMilliseconds: retry))
                }
                (name, data, retry) = ("", "", nil)
                continue
            }
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            let field = string(line[..<colon])
            var value = line[colon...].dropFirst()
            if value.first == " " { value = value.dropFirst() }
            switch field {
            case "event": name = string(value)
            case "data": data.unicodeScalars.append(contentsOf: value + ["\n"])
            case "id" where !value.contains("\u{0}"): id = string(value)
            case "retry" where value.allSatisfy({ ("0"..."9").contains($0) }) && !value.isEmpty: retry = Int(string(value))
            default: continue
            }
        }
        return events
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    /// Returns the terminated lines; text after the last terminator is dropped.
    private static func lines(_ text: [Unicode.Scalar]) -> [ArraySlice<Unicode.Scalar>] {
        var lines: [ArraySlice<Unicode.Scalar>] = []
        var (start, index) = (0, 0)
        while index < text.count {
            if text[index] == "\r" || text[index] == "\n" {
                lines.append(text[start..<index])
                if text[index] == "\r", index + 1 < text.count, text[index + 1] == "\n" { index += 1 }
                start = index + 1
            }
            index += 1
        }
        return lines
    }
}
