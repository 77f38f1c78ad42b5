package import NIOCore
package import NIOHTTP1

/// Stops reading a connection between the head of a request with a large body and the moment at which somebody wants the body, and while
/// that somebody waits for memory. Without it each waiting request would hold what its connection had buffered.
///
/// Stands behind the decoder of HTTP. It opens by itself when the request has been answered, so that what is left of its body can be passed
/// over.
///
/// A request that asks for another protocol is the last that the decoder reads: it keeps whatever comes behind it. So nothing is read behind it,
/// unless the protocol changes, and the connection is closed when the request has been answered.
package final class BodyGate: ChannelDuplexHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias InboundOut = HTTPServerRequestPart
    package typealias OutboundIn = HTTPServerResponsePart
    package typealias OutboundOut = HTTPServerResponsePart

    /// Requests that have begun to arrive, and that have been answered.
    private var arrived = 0
    /// Whether the last one has arrived whole.
    private var hasEnded = true
    private var answered = 0
    /// The number of the request for whose body nothing is read now.
    private var closedFor: Int?
    /// The number of the request that asked for another protocol.
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

    /// Reads on, if it was the request that is being answered for which nothing was read.
    fileprivate func openForCurrent() { if closedFor == answered + 1, !isBehindUpgrade { open() } }

    /// Stops reading until `openForCurrent`.
    fileprivate func closeForCurrent() { if arrived == answered + 1 { closedFor = arrived } }

    /// The request that asked for another protocol is there, and nothing may come behind it.
    private var isBehindUpgrade: Bool { upgrade == arrived && hasEnded }

    private func open() {
        closedFor = nil
        guard isReadHeld else { return }
        isReadHeld = false
        context?.read()
    }

    /// The gate of a connection, for whoever answers its request.
    package struct Handle {
        private let channel: any Channel

        package init(_ channel: any Channel) { self.channel = channel }

        package func open() { onLoop { $0.openForCurrent() } }
        package func close() { onLoop { $0.closeForCurrent() } }

        private func onLoop(_ body: @escaping @Sendable (BodyGate) -> Void) {
            channel.eventLoop.execute { [channel] in
                // It is gone where the channel is closed.
                if let gate = try? channel.pipeline.syncOperations.handler(type: BodyGate.self) { body(gate) }
            }
        }
    }
}

extension HTTPRequestHead {
    /// As the decoder sees it, or more often.
    fileprivate var asksForAnotherProtocol: Bool { method == .CONNECT || headers.contains(name: "upgrade") }

    fileprivate var mayBringLargeBody: Bool {
        guard headers["transfer-encoding"].isEmpty else { return true }
        return headers.first(name: "content-length").map { (Int($0) ?? .max) > BodyGate.smallBody } ?? false
    }
}

extension BodyGate {
    /// Bodies up to this size are read with their head.
    static let smallBody = 64 << 10
}
