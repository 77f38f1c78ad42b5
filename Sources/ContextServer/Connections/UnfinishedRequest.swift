import HTTPTypes
import NIOCore
import NIOHTTP1

/// Ends a request whose body has not arrived in full when the server stops: nobody can tell whether the rest will come.
///
/// Whoever reads the body is told, and answers with 503; an import first writes what it has of a batch. A request that has arrived in full
/// is answered within the server's stop time-out, and a connection without a request is closed by HTTP's own handlers.
final class UnfinishedRequest: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    /// Time for that answer before the connection is closed without one.
    private static let patience = TimeAmount.seconds(3)

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
        closing = context.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
        context.fireErrorCaught(
            Problem(status: .serviceUnavailable, code: "stopping", detail: "the server is stopping; send the request again in a moment"))
    }

    func channelInactive(context: ChannelHandlerContext) {
        closing?.cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { closing?.cancel() }
}
