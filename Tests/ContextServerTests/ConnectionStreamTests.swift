import ContextServer
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

/// Time limits of a connection, on a clock that the test advances.
@Suite(.timeLimit(.minutes(10))) struct ConnectionStreamTests {
    private struct Scene {
        let channel = EmbeddedChannel()
        let stream: ConnectionStream
        let limits: ConnectionLimits

        init() throws {
            var limits = ConnectionLimits()
            (limits.headSeconds, limits.longestHeadSeconds, limits.lingerSeconds, limits.lingerBytes) = (10, 30, 2, 1000)
            self.limits = limits
            stream = ConnectionStream(limits)
            try channel.pipeline.syncOperations.addHandlers([
                stream, HTTPResponseEncoder(), ByteToMessageHandler(HTTPRequestDecoder()), RequestGate(stream),
            ])
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        func comes(_ text: String) throws { _ = try channel.writeInbound(ByteBuffer(string: text)) }

        func passes(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }

        /// Everything sent since the last call.
        func went() throws -> String {
            var text = ""
            while let part = try channel.readOutbound(as: IOData.self) {
                if case .byteBuffer(let bytes) = part { text += String(buffer: bytes) }
            }
            return text
        }

        func heads() throws -> [HTTPRequestHead] {
            var heads: [HTTPRequestHead] = []
            while let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
                if case .head(let head) = part { heads.append(head) }
            }
            return heads
        }

        func answer(_ status: HTTPResponseStatus = .ok) throws {
            channel.write(
                HTTPServerResponsePart.head(.init(version: .http1_1, status: status, headers: ["content-length": "0"])), promise: nil)
            try channel.writeAndFlush(HTTPServerResponsePart.end(nil)).wait()
        }
    }

    @Test func aClientThatSaysNothingIsClosed() throws {
        let scene = try Scene()
        scene.passes(9)
        #expect(scene.channel.isActive)
        scene.passes(1)
        #expect(!scene.channel.isActive)
    }

    @Test func aHeadThatDripsIsRefused() throws {
        let scene = try Scene()
        try scene.comes("GET / HTTP/1.1\r\n")
        for _ in 0..<9 {
            scene.passes(1)
            try scene.comes("a")
        }
        #expect(try scene.heads().isEmpty)
        scene.passes(1)
        #expect(try scene.heads().map { $0.headers["contextd-refusal"] } == [["timeout"]])
        try scene.answer(.requestTimeout)
        #expect(try scene.went().contains("connection: close"))
    }

    /// Received bytes extend the time limit, up to a bound.
    @Test func aHeadThatArrivesAtARateHasMoreTime() throws {
        let scene = try Scene()
        try scene.comes("GET / HTTP/1.1\r\n")
        var seconds = 0
        while try scene.heads().isEmpty, seconds < 100 {
            try scene.comes("a: \(String(repeating: "a", count: 1024))\r\n")
            scene.passes(1)
            seconds += 1
        }
        #expect(seconds == 30)
    }

    @Test func aRequestThatHasArrivedIsNotTimedAndTheNextOneIs() throws {
        let scene = try Scene()
        try scene.comes("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        scene.passes(60)
        try scene.answer()
        #expect(try scene.heads().count == 1)
        // Between two requests only the idle timeout applies, which is not enforced by this handler.
        scene.passes(60)
        #expect(scene.channel.isActive)
        try scene.comes("G")
        scene.passes(10)
        #expect(try scene.heads().map { $0.headers["contextd-refusal"] } == [["timeout"]])
    }

    @Test func whatComesAfterARefusalIsDroppedAndBounded() throws {
        let scene = try Scene()
        try scene.comes("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
        try scene.answer(.unauthorized)
        #expect(try scene.went().contains("connection: close"))
        _ = try scene.heads()
        for _ in 0..<20 { try scene.comes(String(repeating: "a", count: 100)) }
        #expect(try scene.channel.readInbound(as: HTTPServerRequestPart.self) == nil)
        scene.passes(1)
        #expect(scene.channel.isActive)
        scene.passes(1)
        #expect(!scene.channel.isActive)
    }

    @Test func aSmallBodyThatNobodyReadKeepsTheConnection() throws {
        let scene = try Scene()
        try scene.comes("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n")
        try scene.answer(.unauthorized)
        #expect(try !scene.went().contains("connection: close"))
        try scene.comes("0123456789GET /second HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try scene.heads().map(\.uri) == ["/", "/second"])
        scene.passes(60)
        #expect(scene.channel.isActive)
    }

    @Test func anEvictedConnectionIsClosedAtOnce() throws {
        let scene = try Scene()
        scene.channel.triggerUserOutboundEvent(ConnectionStream.Evict(), promise: nil)
        #expect(!scene.channel.isActive)
    }
}
