import ContextServer
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

/// When a connection counts as idle, on a clock that the test advances.
@Suite(.timeLimit(.minutes(10))) struct IdleConnectionTests {
    /// A connection with the default limits; idle connections end after 120 s.
    private struct Scene {
        let channel = EmbeddedChannel()

        init() throws {
            let stream = ConnectionStream(ConnectionLimits())
            try channel.pipeline.syncOperations.addHandlers([
                stream, HTTPResponseEncoder(), ByteToMessageHandler(HTTPRequestDecoder()), RequestGate(stream),
            ])
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        func comes(_ text: String) throws { _ = try channel.writeInbound(ByteBuffer(string: text)) }
        /// The server is ready for more bytes.
        func reads() { channel.pipeline.read() }
        func passes(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }
        func head() throws {
            let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["transfer-encoding": "chunked"])
            try channel.writeAndFlush(HTTPServerResponsePart.head(head)).wait()
        }
        func part() throws { try channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: "{}\n")))).wait() }
        func end() throws { try channel.writeAndFlush(HTTPServerResponsePart.end(nil)).wait() }
        func answer() throws {
            try head()
            try end()
        }
        /// Checks that the connection is open now and for `seconds - 1` more, and then ends.
        func expectEnd(in seconds: Int64, _ location: SourceLocation = #_sourceLocation) {
            passes(seconds - 1)
            #expect(channel.isActive, sourceLocation: location)
            passes(1)
            #expect(!channel.isActive, sourceLocation: location)
        }
    }

    private static let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let upload = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

    @Test func aConnectionBetweenRequestsIsIdle() throws {
        let scene = try Scene()
        try scene.comes(Self.request)
        try scene.answer()
        scene.passes(100)
        try scene.comes(Self.request)
        try scene.answer()
        scene.expectEnd(in: 120)
    }

    /// A slow provider: the request has arrived, and no byte goes either way.
    @Test func aRequestThatIsWorkedOnIsNotIdle() throws {
        let scene = try Scene()
        try scene.comes(Self.request)
        scene.reads()
        scene.passes(100_000)
        #expect(scene.channel.isActive)
        try scene.answer()
        scene.expectEnd(in: 120)
    }

    /// A stream of events with long pauses.
    @Test func aResponseThatHasBegunIsNotIdle() throws {
        let scene = try Scene()
        try scene.comes(Self.request)
        try scene.head()
        for _ in 0..<5 {
            scene.reads()
            scene.passes(10_000)
            try scene.part()
        }
        #expect(scene.channel.isActive)
        try scene.end()
        scene.expectEnd(in: 120)
    }

    /// An import: progress is written while the body arrives, and back-pressure stops reading.
    @Test func anImportThatWorksIsNotIdle() throws {
        let scene = try Scene()
        try scene.comes(Self.upload)
        try scene.head()
        try scene.comes("3\r\n{}\n\r\n")
        scene.passes(10_000)
        try scene.part()
        scene.reads()
        scene.passes(10_000)
        #expect(scene.channel.isActive)
    }

    @Test func aSlowSenderEndsAndOneThatSendsDoesNot() throws {
        let scene = try Scene()
        try scene.comes(Self.upload)
        for _ in 0..<5 {
            scene.reads()
            scene.passes(119)
            try scene.comes("1\r\na\r\n")
        }
        scene.reads()
        scene.expectEnd(in: 120)
    }

    @Test func nobodyIsIdleWhileItIsNotRead() throws {
        let scene = try Scene()
        try scene.comes(Self.upload)
        scene.passes(10_000)
        #expect(scene.channel.isActive)
        scene.reads()
        scene.expectEnd(in: 120)
    }

    /// The rest of a body that nobody reads does not keep the connection.
    @Test func aBodyThatDripsAfterItsResponseEnds() throws {
        let scene = try Scene()
        try scene.comes("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
        try scene.answer()
        for _ in 0..<3 {
            scene.reads()
            scene.passes(30)
            try scene.comes("a")
        }
        scene.reads()
        scene.expectEnd(in: 30)
    }

    @Test func pipelinedRequestsAreOneAfterTheOther() throws {
        let scene = try Scene()
        try scene.comes(Self.request + Self.request)
        try scene.answer()
        scene.passes(10_000)
        #expect(scene.channel.isActive)
        try scene.answer()
        scene.expectEnd(in: 120)
    }

    // MARK: The wait of a reader

    private final class Errors: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        var texts: [String] = []

        func errorCaught(context: ChannelHandlerContext, error: any Error) { texts.append("\(error)") }
    }

    /// A reader of a body with a limit of 120 s.
    private struct Reader {
        let channel = EmbeddedChannel()
        let errors = Errors()
        let wait: BodyWait

        init() throws {
            try channel.pipeline.syncOperations.addHandler(errors)
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            wait = BodyWait(on: channel, limit: .seconds(120))
        }

        func passes(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }
    }

    @Test func onlyWaitingForTheClientCounts() throws {
        let reader = try Reader()
        for _ in 0..<10 {
            reader.wait.begin()
            reader.passes(100)
            reader.wait.end()
            // The reader works.
            reader.passes(1000)
        }
        #expect(reader.errors.texts == [])
        reader.wait.begin()
        reader.passes(119)
        #expect(reader.errors.texts == [])
        reader.passes(1)
        #expect(reader.errors.texts.count == 1 && reader.errors.texts[0].contains("120 s"), "\(reader.errors.texts)")
        reader.passes(1000)
        #expect(reader.errors.texts.count == 1)
    }

    @Test func aReaderThatHasEndedIsNotTimed() throws {
        let reader = try Reader()
        reader.wait.begin()
        reader.wait.stop()
        reader.passes(1000)
        #expect(reader.errors.texts == [])
    }
}
