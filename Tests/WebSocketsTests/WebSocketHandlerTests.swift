import Memory
import NIOCore
import NIOEmbedded
import Synchronization
import TestSupport
import Testing
import WebSockets

/// The protocol on a connection whose clock and bytes the test controls.
@Suite(.timeLimit(.minutes(10))) struct WebSocketHandlerTests {
    /// What the application has received.
    private final class Told: Sendable {
        let messages = Mutex<[String]>([])
        let ends = Mutex(0)
        let isBusy = Mutex(false)
    }

    /// Holds writes back until the test releases them, and counts the reads.
    private final class Wire: ChannelDuplexHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundIn = ByteBuffer

        var isStuck = false
        var held: [EventLoopPromise<Void>?] = []
        var reads = 0

        func read(context: ChannelHandlerContext) {
            reads += 1
            context.read()
        }

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            if isStuck { held.append(promise) } else { context.write(data, promise: promise) }
        }
    }

    private struct Scene {
        let told = Told()
        let wire = Wire()
        let channel = EmbeddedChannel()
        let handler: WebSocketHandler

        init(memory: MemoryReservation? = nil) throws {
            let told = told
            var limits = WebSocketLimits()
            limits.unreadMessages = 2
            let observer = WebSocketHandler.Observer(
                message: { text in told.messages.withLock { $0.append(String(buffer: text)) } }, ended: { told.ends.withLock { $0 += 1 } },
                isBusy: { told.isBusy.withLock { $0 } })
            handler = WebSocketHandler(limits, observer, memory: memory)
            try channel.pipeline.syncOperations.addHandlers([wire, handler])
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        func comes(_ opcode: UInt8, _ text: String, mask: [UInt8]? = [9, 8, 7, 6]) throws {
            try comes(ClientFrame.bytes(opcode, Array(text.utf8), mask: mask))
        }

        func comes(_ bytes: [UInt8]) throws { _ = try channel.writeInbound(ByteBuffer(bytes: bytes)) }

        /// The next frame sent: its opcode, and its text or close code.
        func goes() throws -> String? {
            guard var bytes = try channel.readOutbound(as: ByteBuffer.self) else { return nil }
            let opcode = bytes.readInteger(as: UInt8.self) ?? 0
            _ = bytes.readInteger(as: UInt8.self)
            return opcode == 0x88
                ? "close \(bytes.readInteger(as: UInt16.self) ?? 0)"
                : "\(opcode & 0x0F) \(bytes.readString(length: bytes.readableBytes) ?? "")"
        }

        func advance(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }
    }

    @Test func whoDoesNotSayWhoTheyAreIsShownOut() throws {
        let scene = try Scene()
        scene.advance(9)
        #expect(try scene.goes() == nil)
        scene.advance(1)
        #expect(try scene.goes() == "close 4401" && scene.told.ends.withLock { $0 } == 1 && scene.channel.isActive)
        // The closing handshake has a timeout too.
        scene.advance(3)
        #expect(!scene.channel.isActive)
        let known = try Scene()
        known.handler.authenticated()
        known.advance(60)
        #expect(try known.goes() == nil && known.channel.isActive)
    }

    @Test func silenceEndsTheConnectionUnlessSomethingIsBeingAnswered() throws {
        let scene = try Scene()
        scene.handler.authenticated()
        scene.advance(100)
        try scene.comes(9, "still here")
        #expect(try scene.goes() == "10 still here")
        scene.advance(100)
        #expect(try scene.goes() == nil)
        scene.told.isBusy.withLock { $0 = true }
        scene.advance(1000)
        #expect(try scene.goes() == nil)
        scene.told.isBusy.withLock { $0 = false }
        scene.advance(130)
        #expect(try scene.goes() == "close 1001")
    }

    /// A client that sends single bytes and never completes a frame counts as idle.
    @Test func drippingIsSilence() throws {
        let scene = try Scene()
        scene.handler.authenticated()
        try scene.comes([0x81, 0xFE])
        for _ in 0..<13 {
            scene.advance(10)
            try scene.comes([0x01])
        }
        #expect(try scene.goes() == "close 1001")
    }

    /// The server waits for sent data, and closes the connection if the client does not read it.
    @Test func whoTakesNothingIsWaitedForAndThenDropped() throws {
        let scene = try Scene()
        scene.handler.authenticated()
        scene.told.isBusy.withLock { $0 = true }
        scene.wire.isStuck = true
        let taken = scene.channel.eventLoop.makePromise(of: Void.self)
        let isTaken = Mutex(false)
        taken.futureResult.whenSuccess { isTaken.withLock { $0 = true } }
        scene.handler.send(ByteBuffer(string: "words"), taken)
        scene.advance(100)
        #expect(!isTaken.withLock { $0 } && scene.channel.isActive)
        scene.wire.held.removeFirst()?.succeed()
        #expect(isTaken.withLock { $0 })
        let never = scene.channel.eventLoop.makePromise(of: Void.self)
        scene.handler.send(ByteBuffer(string: "more"), never)
        scene.advance(125)
        #expect(!scene.channel.isActive && scene.told.ends.withLock { $0 } == 1)
        for promise in scene.wire.held { promise?.fail(ChannelError.ioOnClosedChannel) }
    }

    /// An incomplete message counts towards the memory from its first byte; if there is not enough memory, nothing more is read.
    @Test func unfinishedMessagesTakeMemoryAndWaitForIt() throws {
        let timers = Mutex<[@Sendable () -> Void]>([])
        let budget = MemoryBudget(
            limit: 16 << 20, share: 0.5, timeout: .seconds(1), timer: { _, body in timers.withLock { $0.append(body) } })
        let other = budget.reservation(for: .tenant("a"))
        #expect(other.tryGrow(by: 1 << 20))
        let memory = budget.reservation(for: .tenant("a"))
        let scene = try Scene(memory: memory)
        try scene.comes(1, "key")
        scene.handler.authenticated()
        scene.handler.looked()
        let part = [UInt8](repeating: 0x61, count: 100 << 10)
        try scene.comes(ClientFrame.bytes(1, part, isLast: false))
        #expect(memory.held >= 200 << 10)
        for _ in 0..<2 { try scene.comes(ClientFrame.bytes(0, part, isLast: false)) }
        // The message is no longer small: memory must be available for its maximum size, 8 MiB in total, of which 1 MiB is in use.
        let before = scene.wire.reads
        scene.channel.read()
        #expect(scene.wire.reads == before && budget.statistics.waiting == 1)
        other.shrink(to: 0)
        scene.channel.embeddedEventLoop.run()
        #expect(scene.wire.reads == before + 1 && memory.held == 8 << 20)
        try scene.comes(ClientFrame.bytes(0, part))
        #expect(scene.told.messages.withLock { $0.count } == 2 && memory.held == 400 << 10)
        scene.handler.looked()
        #expect(memory.held == 0)
        // If memory does not become available in time, the connection is closed.
        #expect(other.tryGrow(by: 1 << 20))
        for opcode: UInt8 in [1, 0, 0] { try scene.comes(ClientFrame.bytes(opcode, part, isLast: false)) }
        for body in timers.withLock({ $0 }) { body() }
        scene.channel.embeddedEventLoop.run()
        #expect(try scene.goes() == "close 1013")
        scene.advance(3)
        #expect(memory.held == 0 && budget.statistics.waiting == 0)
    }

    /// Pings keep a connection alive, but not an incomplete message.
    @Test func aMessageMustEnd() throws {
        let scene = try Scene()
        scene.handler.authenticated()
        try scene.comes(ClientFrame.bytes(1, [0x61], isLast: false))
        for _ in 0..<12 {
            scene.advance(10)
            try scene.comes(9, "")
        }
        while let frame = try scene.goes() { #expect(frame == "10 " || frame == "close 1008") }
        scene.advance(3)
        #expect(!scene.channel.isActive)
    }

    @Test func unreadMessagesHoldUpTheReading() throws {
        let scene = try Scene()
        scene.handler.authenticated()
        for text in ["a", "b"] { try scene.comes(1, text) }
        let before = scene.wire.reads
        scene.channel.read()
        #expect(scene.wire.reads == before && scene.told.messages.withLock { $0 } == ["a", "b"])
        scene.handler.looked()
        #expect(scene.wire.reads == before + 1)
    }

    @Test func bothSidesMayTakeTheirLeave() throws {
        let scene = try Scene()
        try scene.comes(ClientFrame.bytes(8, [0x03, 0xE8]))
        #expect(try scene.goes() == "close 1000" && !scene.channel.isActive && scene.told.ends.withLock { $0 } == 1)

        let other = try Scene()
        other.handler.authenticated()
        other.handler.close(.stopping)
        #expect(try other.goes() == "close 1001")
        // After it, nothing is sent, delivered or answered.
        let late = other.channel.eventLoop.makePromise(of: Void.self)
        other.handler.send(ByteBuffer(string: "late"), late)
        try other.comes(1, "late")
        try other.comes(9, "late")
        #expect(throws: ChannelError.self) { try late.futureResult.wait() }
        #expect(try other.goes() == nil && other.told.messages.withLock { $0 }.isEmpty && other.channel.isActive)
        try other.comes(ClientFrame.bytes(8, [0x03, 0xE9]))
        #expect(!other.channel.isActive)
    }

    @Test func behindAViolationNothingIsRead() throws {
        let scene = try Scene()
        scene.handler.authenticated()
        try scene.comes(ClientFrame.bytes(1, [0x61]) + ClientFrame.bytes(1, [0x62], mask: nil) + ClientFrame.bytes(1, [0x63]))
        try scene.comes(1, "d")
        #expect(try scene.goes() == "close 1002" && scene.told.messages.withLock { $0 } == ["a"])
        #expect(try scene.goes() == nil && scene.told.ends.withLock { $0 } == 1)
        scene.advance(3)
        #expect(!scene.channel.isActive)
    }

    @Test func aClosedSideIsAnEnd() throws {
        let scene = try Scene()
        scene.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(!scene.channel.isActive && scene.told.ends.withLock { $0 } == 1)
    }
}
