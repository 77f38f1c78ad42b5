import JSON
import NIOCore
import NIOPosix
import TestSupport
import Testing

/// A TCP connection on which a test sends arbitrary bytes. It is closed after two minutes, so that every wait on it ends.
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

    /// - Parameter receiveBuffer: size of the kernel's receive buffer, in bytes; `nil` for the kernel's default.
    static func connect<Value: Sendable>(
        _ port: Int, receiveBuffer: ChannelOptions.Types.SocketOption.Value? = nil, _ body: (RawSocket) async throws -> Value
    ) async throws -> Value {
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
        if let receiveBuffer { bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: receiveBuffer) }
        let connection =
            try await bootstrap
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

    /// Sends no more; responses may still arrive.
    func halfClose() { output.finish() }

    /// Reads until `take` parses something from the start of the received bytes.
    ///
    /// - Returns: `nil` if the peer has closed the connection.
    func read<Value>(_ take: (inout ByteBuffer) throws -> Value?) async throws -> Value? {
        while true {
            if let value = try take(&bytes) { return value }
            do {
                guard var more = try await input.next(isolation: #isolation) else { return nil }
                bytes.writeBuffer(&more)
            } catch is IOError {
                // Closed with unread data.
                return nil
            }
        }
    }

    /// Reads the head of an HTTP response.
    func head() async throws -> String? {
        try await read { bytes in
            let view = bytes.readableBytesView
            guard let end = view.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
            return bytes.readString(length: end.upperBound - view.startIndex)
        }
    }

    /// Reads a whole HTTP response with `Content-Length`; without it, everything until the peer closes.
    func response() async throws -> String? {
        guard let head = try await head() else { return nil }
        let fields = head.lowercased().split(separator: "\r\n")
        guard let length = fields.first(where: { $0.hasPrefix("content-length:") }).flatMap({ Int($0.dropFirst(15).drop { $0 == " " }) })
        else {
            return head + (try await text())
        }
        return try await read { $0.readableBytes >= length ? head + ($0.readString(length: length) ?? "") : nil }
    }

    /// Reads everything until the peer closes.
    func text() async throws -> String {
        var text = ""
        _ = try await read { (bytes) -> Bool? in
            text += String(buffer: bytes)
            bytes.clear()
            return nil
        }
        return text
    }

    /// Returns whether the peer closes; data received before that is dropped.
    func isClosed() async throws -> Bool {
        try await read { (bytes) -> Bool? in
            bytes.clear()
            return nil
        } == nil
    }
}

/// A WebSocket client that can also violate the protocol.
struct WebSocketProbe {
    struct Frame: Sendable {
        let opcode: UInt8
        let payload: [UInt8]

        var text: String { String(decoding: payload, as: UTF8.self) }
        var json: JSONValue { (try? JSONValue(parsing: payload)) ?? .null }
        /// The code of a close frame.
        var code: Int? { opcode == 8 && payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil }
    }

    static let handshake = [
        "Host: 127.0.0.1:PORT", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]

    let socket: RawSocket

    /// Performs the handshake and authenticates with a key.
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
        try await socket.send(ClientFrame.bytes(opcode, payload, isLast: isLast, mask: mask))
    }

    /// Reads the server's next frame; `nil` if it has closed.
    func next() async throws -> Frame? {
        try await socket.read { bytes in
            let start = bytes.readerIndex
            guard let first = bytes.getInteger(at: start, as: UInt8.self), let second = bytes.getInteger(at: start + 1, as: UInt8.self)
            else {
                return nil
            }
            try #require(first & 0xF0 == 0x80 && second & 0x80 == 0, "a server must send unfragmented frames without a mask")
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

    /// Returns the code of the next close frame; skips frames before it.
    func closeCode() async throws -> Int? {
        while let frame = try await next() {
            if frame.opcode == 8 { return frame.code }
        }
        return nil
    }
}
