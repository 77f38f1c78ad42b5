/// Parses one HTTP/1.1 response from the bytes of a connection: a body with a Content-Length, or in chunks.
struct ResponseReader {
    private enum Framing { case length(Int), chunks, untilClosed }

    private(set) var status = 0
    private(set) var body: [UInt8] = []
    /// Whether the whole response has been received.
    private(set) var isComplete = false
    /// The headers, by lower-case name.
    private(set) var headers: [String: String] = [:]
    private var waiting: [UInt8] = []
    private var place = 0
    private var framing: Framing?

    mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
        waiting.append(contentsOf: bytes)
        if framing == nil { try readHead() }
        switch framing {
        case nil: return
        case .length(let length):
            takeBody(waiting.count - place)
            isComplete = body.count >= length
        case .chunks: try readChunks()
        case .untilClosed: takeBody(waiting.count - place)
        }
        waiting.removeFirst(place)
        place = 0
    }

    /// Called when the server has closed the connection.
    mutating func close() throws {
        guard case .untilClosed? = framing else { throw Failure("the server closed the connection before its response was complete") }
        isComplete = true
    }

    private mutating func readHead() throws {
        guard let end = Self.find([13, 10, 13, 10], in: waiting, from: 0) else { return }
        let lines = String(decoding: waiting[..<end], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, let code = Int(words[1]) else { throw Failure("the server's response is not HTTP") }
        status = code
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].drop { $0 == " " }.description
        }
        place = end + 4
        if headers["transfer-encoding"]?.lowercased() == "chunked" {
            framing = .chunks
        } else {
            framing = headers["content-length"].flatMap { Int($0) }.map(Framing.length) ?? .untilClosed
        }
    }

    private mutating func readChunks() throws {
        while let end = Self.find([13, 10], in: waiting, from: place) {
            guard let size = Int(String(decoding: waiting[place..<end], as: UTF8.self), radix: 16) else {
                throw Failure("the server sent a chunk without a size")
            }
            guard waiting.count >= end + 2 + size + 2 else { return }
            place = end + 2
            takeBody(size)
            place += 2
            if size == 0 { isComplete = true }
        }
    }

    private mutating func takeBody(_ count: Int) {
        body.append(contentsOf: waiting[place..<place + count])
        place += count
    }

    static func find(_ pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count >= start + pattern.count else { return nil }
        return (start...bytes.count - pattern.count).first { at in pattern.indices.allSatisfy { bytes[at + $0] == pattern[$0] } }
    }
}
