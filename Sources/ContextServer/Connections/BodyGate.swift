package import NIOCore
package import NIOHTTP1

/// A handler that stops reading a connection after the head of a request with a large body until the request's route wants the body, and
/// while that route waits for memory. Otherwise each waiting request would hold its connection's buffered input.
///
/// It is placed after the HTTP decoder. It reopens when the request has been answered, so that the rest of the body can be skipped.
///
/// A request for a protocol upgrade is the last one that the decoder parses: the decoder buffers all bytes after it. So the gate reads
/// nothing after it unless the protocol changes, and closes the connection when the request has been answered.
package final class BodyGate: ChannelDuplexHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias InboundOut = HTTPServerRequestPart
    package typealias OutboundIn = HTTPServerResponsePart
    package typealias OutboundOut = HTTPServerResponsePart

    /// Number of requests whose head has arrived; `answered` counts complete responses.
    private var arrived = 0
    /// Whether the last request has arrived in full.
    private var hasEnded = true
    private var answered = 0
    /// The number of the request whose body must not be read now.
    private var closedFor: Int?
    /// The number of the request that asked for a protocol upgrade.
    private var upgrade: Int?
    private var isReadHeld = false
    private var context: ChannelHandlerContext?

    package init() {}

    package func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    package func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            arrived += 1
            hasEnded = false
            if head.mayBringLargeBody { closedFor = arrived }
            if head.asksForAnotherProtocol { upgrade = arrived }
        case .end:
            hasEnded = true
            if upgrade == arrived { closedFor = arrived } else if closedFor == arrived { closedFor = nil }
        default: break
        }
        context.fireChannelRead(data)
    }

    package func read(context: ChannelHandlerContext) {
        isReadHeld = closedFor != nil
        if !isReadHeld { context.read() }
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where upgrade == answered + 1:
            if head.status == .switchingProtocols {
                upgrade = nil
                open()
            } else if head.status.code >= 200 {
                head.headers.replaceOrAdd(name: "connection", value: "close")
            }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end where upgrade == answered + 1:
            let written = promise ?? context.eventLoop.makePromise()
            written.futureResult.assumeIsolated().whenComplete { _ in context.close(mode: .all, promise: nil) }
            context.writeAndFlush(data, promise: written)
        case .end:
            answered += 1
            context.write(data, promise: promise)
            if closedFor == answered { open() }
        default: context.write(data, promise: promise)
        }
    }

    /// Resumes reading if the gate is closed for the request that is being answered.
    fileprivate func openForCurrent() { if closedFor == answered + 1, !isBehindUpgrade { open() } }

    /// Stops reading until `openForCurrent`.
    fileprivate func closeForCurrent() { if arrived == answered + 1 { closedFor = arrived } }

    /// Whether the upgrade request has arrived in full; nothing after it may be read.
    private var isBehindUpgrade: Bool { upgrade == arrived && hasEnded }

    private func open() {
        closedFor = nil
        guard isReadHeld else { return }
        isReadHeld = false
        context?.read()
    }

    /// A handle to a connection's gate, for the code that answers its request.
    package struct Handle {
        private let channel: any Channel

        package init(_ channel: any Channel) { self.channel = channel }

        package func open() { onLoop { $0.openForCurrent() } }
        package func close() { onLoop { $0.closeForCurrent() } }

        private func onLoop(_ body: @escaping @Sendable (BodyGate) -> Void) {
            channel.eventLoop.execute { [channel] in
                // The handler is missing if the channel is closed.
                if let gate = try? channel.pipeline.syncOperations.handler(type: BodyGate.self) { body(gate) }
            }
        }
    }
}

extension HTTPRequestHead {
    /// Whether the request may be an upgrade: true at least whenever the decoder treats it as one.
    fileprivate var asksForAnotherProtocol: Bool { method == .CONNECT || headers.contains(name: "upgrade") }
}
