import JSON
import NIOCore
import NIOPosix
import Testing

/// A TCP connection on which a test writes what it likes. It is closed after two minutes, so that no wait on it lasts.
final class RawSocket {
    private var input: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let output: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var bytes = ByteBuffer()
    let channel: any Channel

    private init(
        _ input: NIOAsyncChannelInboundStream<ByteBuffer>, _ output: NIOAsyncChannelOutboundWriter<ByteBuffer>, _ channel: any Channel
    ) {
        (self.input, self.output, self.channel) = (input.makeAsyncIterator(), output, channel)
    }

    /// - Parameter receiveBuffer: size of the kernel's receive buffer, in bytes; the kernel's choice if `nil`.
    static func connect<Value: Sendable>(
        _ port: Int, receiveBuffer: ChannelOptions.Types.SocketOption.Value? = nil, _ body: (RawSocket) async throws -> Value
    ) async throws -> Value {
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
        if let receiveBuffer { bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: receiveBuffer) }
        let connection = try await bootstrap
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        let channel = connection.channel
        let deadline = channel.eventLoop.scheduleTask(in: .seconds(120)) { channel.close(promise: nil) }
        defer { deadline.cancel() }
        return try await connection.executeThenClose { input, output in try await body(RawSocket(input, output, channel)) }
    }

    func send(_ text: String) async throws { try await output.write(ByteBuffer(string: text)) }

    func send(_ bytes: [UInt8]) async throws { try await output.write(ByteBuffer(bytes: bytes)) }

    /// No more is sent; answers may still come.
    func halfClose() { output.finish() }

    /// Reads until `take` finds something at the beginning of what came.
    ///
    /// - Returns: `nil` where the other side is at its end.
    func read<Value>(_ take: (inout ByteBuffer) throws -> Value?) async throws -> Value? {
        while true {
            if let value = try take(&bytes) { return value }
            do {
                guard var more = try await input.next(isolation: #isolation) else { return nil }
                bytes.writeBuffer(&more)
            } catch is IOError {
                // Closed with something unread.
                return nil
            }
        }
    }

    /// The head of an HTTP answer.
    func head() async throws -> String? {
        try await read { bytes in
            let view = bytes.readableBytesView
            guard let end = view.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
            return bytes.readString(length: end.upperBound - view.startIndex)
        }
    }

    /// A whole HTTP answer with `Content-Length`; without it, what came until the other side closed.
    func response() async throws -> String? {
        guard let head = try await head() else { return nil }
        let fields = head.lowercased().split(separator: "\r\n")
        guard let length = fields.first(where: { $0.hasPrefix("content-length:") }).flatMap({ Int($0.dropFirst(15).drop { $0 == " " }) })
        else {
            return head + (try await text())
        }
        return try await read { $0.readableBytes >= length ? head + ($0.readString(length: length) ?? "") : nil }
    }

    /// Everything that comes until the other side closes.
    func text() async throws -> String {
        var text = ""
        _ = try await read { (bytes) -> Bool? in
            text += String(buffer: bytes)
            bytes.clear()
            return nil
        }
        return text
    }

    /// Whether the other side closes; whatever comes before is dropped.
    func isClosed() async throws -> Bool {
        try await read { (bytes) -> Bool? in
            bytes.clear()
            return nil
        } == nil
    }
}

/// WebSocket as a client speaks it, rightly or wrongly.
struct WebSocketProbe {
    struct Frame: Sendable {
        let opcode: UInt8
        let payload: [UInt8]

        var text: String { String(decoding: payload, as: UTF8.self) }
        var json: JSONValue { (try? JSONValue(parsing: payload)) ?? .null }
        /// Of a close frame.
        var code: Int? { opcode == 8 && payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil }
    }

    static let handshake = [
        "Host: 127.0.0.1:PORT", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]

    let socket: RawSocket

    /// Shakes hands, and says with a key who is there.
    static func open<Value: Sendable>(
        _ server: RunningServer, key: String?, _ body: (WebSocketProbe) async throws -> Value
    ) async throws -> Value {
        try await RawSocket.connect(server.port) { socket in
            let head = try #require(try await shake(socket, handshake, port: server.port))
            #expect(head.hasPrefix("HTTP/1.1 101 ") && head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "\(head)")
            let probe = WebSocketProbe(socket: socket)
            if let key { try await probe.send(["type": "auth", "key": .string(key)]) }
            return try await body(probe)
        }
    }

    static func shake(_ socket: RawSocket, _ lines: [String], port: Int, method: String = "GET") async throws -> String? {
        let head = ["\(method) /api/mcp/ws HTTP/1.1"] + lines.map { $0.replacing("PORT", with: "\(port)") }
        try await socket.send(head.joined(separator: "\r\n") + "\r\n\r\n")
        return try await socket.head()
    }

    func send(_ value: JSONValue) async throws { try await send(1, value.serialized()) }

    func send(_ opcode: UInt8, _ payload: [UInt8], isLast: Bool = true, mask: [UInt8]? = [1, 2, 3, 4]) async throws {
        try await socket.send(Self.frame(opcode, payload, isLast: isLast, mask: mask))
    }

    static func frame(_ opcode: UInt8, _ payload: [UInt8], isLast: Bool = true, mask: [UInt8]? = [1, 2, 3, 4]) -> [UInt8] {
        var bytes: [UInt8] = [(isLast ? 0x80 : 0) | opcode]
        let bit: UInt8 = mask == nil ? 0 : 0x80
        switch payload.count {
        case ..<126: bytes.append(bit | UInt8(payload.count))
        case ..<65_536: bytes += [bit | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        default: bytes += [bit | 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
        }
        guard let mask else { return bytes + payload }
        return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 & 3] }
    }

    /// The next frame of the server; `nil` where it has closed.
    func next() async throws -> Frame? {
        try await socket.read { bytes in
            let start = bytes.readerIndex
            guard let first = bytes.getInteger(at: start, as: UInt8.self), let second = bytes.getInteger(at: start + 1, as: UInt8.self)
            else {
                return nil
            }
            try #require(first & 0xF0 == 0x80 && second & 0x80 == 0, "servers send whole frames without a mask")
            var (head, length) = (2, Int(second))
            if second == 126 {
                guard let more = bytes.getInteger(at: start + 2, as: UInt16.self) else { return nil }
                (head, length) = (4, Int(more))
            } else if second == 127 {
                guard let more = bytes.getInteger(at: start + 2, as: UInt64.self) else { return nil }
                (head, length) = (10, Int(more))
            }
            guard let payload = bytes.getBytes(at: start + head, length: length) else { return nil }
            bytes.moveReaderIndex(forwardBy: head + length)
            return Frame(opcode: first & 0x0F, payload: payload)
        }
    }

    /// The code of the close that comes next, whatever comes before.
    func closeCode() async throws -> Int? {
        while let frame = try await next() {
            if frame.opcode == 8 { return frame.code }
        }
        return nil
    }
}
