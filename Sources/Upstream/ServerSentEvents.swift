/// One server-sent event.
public struct ServerSentEvent: Hashable, Sendable {
    /// The name of the event; `message` if the stream gives none.
    public var name = "message"
    /// The `data` lines, joined by line feeds.
    public var data: String
    /// The last id that the stream gave, if any.
    public var id: String?
    /// Milliseconds to wait before reconnecting, if this event gives them.
    public var retryMilliseconds: Int?

    public init(name: String = "message", data: String, id: String? = nil, retryMilliseconds: Int? = nil) {
        (self.name, self.data, self.id, self.retryMilliseconds) = (name, data, id, retryMilliseconds)
    }
}

/// A parser of `text/event-stream`: takes bytes in chunks of any size, and returns each event once its blank line has arrived.
///
/// An event without its blank line is dropped at the end of the stream. Bytes that are not UTF-8 become U+FFFD.
/// Source: WHATWG HTML, "Server-sent events", sections 9.2.5 and 9.2.6.
public struct ServerSentEvents: Sendable {
    public struct Limits: Hashable, Sendable {
        /// Maximum length of one line, in bytes.
        public var lineBytes: Int
        /// Maximum size of one event's data, in bytes.
        public var dataBytes: Int

        public init(lineBytes: Int = 1 << 20, dataBytes: Int = 4 << 20) {
            (self.lineBytes, self.dataBytes) = (lineBytes, dataBytes)
        }
    }

    private let limits: Limits
    private var line: [UInt8] = []
    /// Whether the last byte was a carriage return; a line feed that follows belongs to it.
    private var endedWithReturn = false
    private var isFirstLine = true

    private var name = ""
    private var data: [UInt8] = []
    private var hasData = false
    private var id: String?
    private var retryMilliseconds: Int?

    public init(limits: Limits = Limits()) { self.limits = limits }

    /// Parses more bytes and returns the events that they complete.
    ///
    /// - Throws: `.tooLarge` for a line or an event beyond the limits; the parser must not be used after that.
    public mutating func append(_ bytes: [UInt8]) throws(UpstreamError) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        var start = 0
        while start < bytes.count {
            if endedWithReturn {
                endedWithReturn = false
                // This line feed belongs to the preceding carriage return.
                if bytes[start] == 0x0A { start += 1 }
            }
            let end = bytes[start...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
            guard line.count + end - start <= limits.lineBytes else {
                throw UpstreamError(.tooLarge, "a line of the event stream is longer than \(limits.lineBytes) bytes")
            }
            line += bytes[start..<end]
            guard end < bytes.count else { break }
            endedWithReturn = bytes[end] == 0x0D
            if let event = try endLine() { events.append(event) }
            start = end + 1
        }
        return events
    }

    private mutating func endLine() throws(UpstreamError) -> ServerSentEvent? {
        defer { line.removeAll(keepingCapacity: line.capacity <= 64 << 10) }
        if isFirstLine {
            isFirstLine = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        }
        guard !line.isEmpty else { return dispatch() }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        // A line that begins with a colon is a comment.
        guard colon != line.startIndex else { return nil }
        var value = line[colon...].dropFirst()
        if value.first == 0x20 { value = value.dropFirst() }
        try take(String(decoding: line[..<colon], as: UTF8.self), value)
        return nil
    }

    private mutating func take(_ field: String, _ value: ArraySlice<UInt8>) throws(UpstreamError) {
        switch field {
        case "event": name = String(decoding: value, as: UTF8.self)
        case "data":
            if hasData { data.append(0x0A) }
            hasData = true
            guard data.count + value.count <= limits.dataBytes else {
                throw UpstreamError(.tooLarge, "an event's data is longer than \(limits.dataBytes) bytes")
            }
            data.append(contentsOf: value)
        case "id" where !value.contains(0): id = String(decoding: value, as: UTF8.self)
        case "retry" where !value.isEmpty && value.allSatisfy { (0x30...0x39).contains($0) }:
            retryMilliseconds = Int(String(decoding: value, as: UTF8.self))
        default: break
        }
    }

    private mutating func dispatch() -> ServerSentEvent? {
        defer {
            name = ""
            data = []
            hasData = false
            retryMilliseconds = nil
        }
        guard hasData else { return nil }
        return ServerSentEvent(
            name: name.isEmpty ? "message" : name, data: String(decoding: data, as: UTF8.self), id: id,
            retryMilliseconds: retryMilliseconds)
    }
}
