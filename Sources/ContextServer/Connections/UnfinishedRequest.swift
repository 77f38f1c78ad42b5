import HTTPTypes
import NIOCore
import NIOHTTP1

/// The handler that ends a request whose body is incomplete when the server stops, since the rest may never arrive.
///
/// The body's reader gets an error and responds with 503; an import first writes its partial batch. A request that has arrived in full is
/// answered within the server's stop timeout, and the HTTP handlers close a connection without a request.
final class UnfinishedRequest: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    /// Timeout for that response, after which the connection is closed without one.
    private static let timeout = TimeAmount.seconds(3)

    private var isUnfinished = false
    private var closing: Scheduled<Void>?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: isUnfinished = true
        case .body: break
        case .end: isUnfinished = false
        }
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        context.fireUserInboundEventTriggered(event)
        guard event is ChannelShouldQuiesceEvent, isUnfinished, closing == nil else { return }
        let channel = context.channel
        closing = context.eventLoop.scheduleTask(in: Self.timeout) { channel.close(promise: nil) }
        context.fireErrorCaught(
            Problem(status: .serviceUnavailable, code: "stopping", detail: "the server is stopping; send the request again in a moment"))
    }

    func channelInactive(context: ChannelHandlerContext) {
        closing?.cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { closing?.cancel() }
}
