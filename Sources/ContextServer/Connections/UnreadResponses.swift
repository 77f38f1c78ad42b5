import Memory
import NIOCore

/// Counts what a connection's client has been sent and has not taken, as memory that is in use, and closes the connection when the client
/// takes too little for too long.
///
/// First in the pipeline, so that it sees bytes as they go to the socket. While the client takes all it is given, that costs one look at a
/// number for each flush.
final class UnreadResponses: ChannelOutboundHandler {
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let memory: MemoryReservation
    private let interval: TimeAmount
    private let closed: UnreadCount
    private var progress: DeliveryProgress
    /// Bytes that were sent, taken or not.
    private var sent = 0
    private var timer: Scheduled<Void>?

    init(_ limits: DeliveryLimits, memory: MemoryReservation, closed: UnreadCount) {
        (self.memory, self.closed, interval) = (memory, closed, limits.interval)
        progress = DeliveryProgress(limits)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .byteBuffer(let buffer) = unwrapOutboundIn(data) { sent += buffer.readableBytes }
        context.write(data, promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        look(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        memory.shrink(to: 0)
    }

    private func look(_ context: ChannelHandlerContext) {
        let unread = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        if memory.held != unread { memory.settle(at: unread) }
        switch progress.look(taken: sent - unread, unread: unread, now: context.eventLoop.now) {
        case .idle: break
        case .waiting:
            guard timer == nil else { break }
            timer = context.eventLoop.assumeIsolated().scheduleTask(in: interval) {
                self.timer = nil
                self.look(context)
            }
        case .tooSlow:
            closed.add()
            context.close(mode: .all, promise: nil)
        }
    }
}
