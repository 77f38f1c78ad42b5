import ContextServer
import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

/// When a connection with a large body is read.
@Suite(.timeLimit(.minutes(10))) struct BodyGateTests {
    /// Counts the reads that reach the connection.
    private final class Reads: ChannelOutboundHandler {
        typealias OutboundIn = HTTPServerResponsePart

        var count = 0

        func read(context: ChannelHandlerContext) { count += 1 }
    }

    private struct Scene {
        let channel = EmbeddedChannel()
        let reads = Reads()

        init() throws { try channel.pipeline.syncOperations.addHandlers([reads, BodyGate()]) }

        func comes(_ part: HTTPServerRequestPart) throws { try channel.writeInbound(part) }
        func head(_ name: String, _ value: String) throws {
            try comes(.head(HTTPRequestHead(version: .http1_1, method: .POST, uri: "/", headers: [name: value])))
        }
        func answer() throws {
            try channel.writeOutbound(HTTPServerResponsePart.head(HTTPResponseHead(version: .http1_1, status: .ok)))
            try channel.writeOutbound(HTTPServerResponsePart.end(nil))
        }
        /// Returns whether a read now passes.
        func isRead() -> Bool {
            let before = reads.count
            channel.pipeline.read()
            return reads.count > before
        }
        func open() { BodyGate.Handle(channel).open(); channel.embeddedEventLoop.run() }
        func close() { BodyGate.Handle(channel).close(); channel.embeddedEventLoop.run() }
    }

    @Test(arguments: [("content-length", "\(HTTPFields.smallBody + 1)"), ("transfer-encoding", "chunked"), ("content-length", "many")])
    func aLargeBodyIsReadWhenSomebodyWantsIt(name: String, value: String) throws {
        let scene = try Scene()
        #expect(scene.isRead())
        try scene.head(name, value)
        #expect(!scene.isRead())
        let before = scene.reads.count
        scene.open()
        #expect(scene.reads.count == before + 1, "the read that was held back must pass")
        #expect(scene.isRead())
    }

    @Test func aSmallBodyIsReadWithItsHead() throws {
        let scene = try Scene()
        try scene.head("content-length", "\(HTTPFields.smallBody)")
        #expect(scene.isRead())
    }

    @Test func whoWaitsForMemoryDoesNotRead() throws {
        let scene = try Scene()
        try scene.head("transfer-encoding", "chunked")
        scene.open()
        scene.close()
        #expect(!scene.isRead())
        scene.open()
        #expect(scene.isRead())
    }

    @Test func whatIsLeftOfABodyIsReadOnceItIsAnswered() throws {
        let scene = try Scene()
        try scene.head("content-length", "999999")
        #expect(!scene.isRead())
        let before = scene.reads.count
        try scene.answer()
        #expect(scene.reads.count == before + 1)
    }

    @Test func aBodyThatIsThereNeedsNoOpening() throws {
        let scene = try Scene()
        try scene.head("transfer-encoding", "chunked")
        try scene.comes(.end(nil))
        #expect(scene.isRead())
    }

    /// A second request arrives while the first one is still being processed.
    @Test func theAnswerToTheFirstRequestDoesNotOpenForTheSecond() throws {
        let scene = try Scene()
        try scene.head("content-length", "0")
        try scene.comes(.end(nil))
        try scene.head("content-length", "999999")
        scene.open()
        #expect(!scene.isRead(), "only the first request's body may be read")
        try scene.answer()
        #expect(!scene.isRead())
        scene.open()
        #expect(scene.isRead())
    }

    /// The decoder would buffer everything after such a request.
    @Test func nothingIsReadBehindARequestForAnotherProtocol() throws {
        let scene = try Scene()
        try scene.channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        try scene.head("upgrade", "websocket")
        try scene.comes(.end(nil))
        scene.open()
        #expect(!scene.isRead())
        try scene.answer()
        #expect(!scene.channel.isActive)
        guard case .head(let head)? = try scene.channel.readOutbound(as: HTTPServerResponsePart.self) else {
            Issue.record("no response head")
            return
        }
        #expect(head.headers["connection"] == ["close"])
    }

    @Test func theOtherProtocolIsRead() throws {
        let scene = try Scene()
        try scene.head("upgrade", "websocket")
        try scene.comes(.end(nil))
        #expect(!scene.isRead())
        let before = scene.reads.count
        try scene.channel.writeOutbound(HTTPServerResponsePart.head(HTTPResponseHead(version: .http1_1, status: .switchingProtocols)))
        #expect(scene.reads.count == before + 1 && scene.isRead())
    }
}
