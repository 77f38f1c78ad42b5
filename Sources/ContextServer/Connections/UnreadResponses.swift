import Memory
import NIOCore

/// The handler that accounts for a connection's unread response bytes as memory in use, and closes the connection when the client reads too
/// little for too long.
///
/// It is first in the pipeline, so that it sees bytes as they go to the socket. While the client reads everything, the cost is one option
/// lookup for each flush.
final class UnreadResponses: ChannelOutboundHandler {
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let memory: MemoryReservation
    private let interval: TimeAmount
    private let closed: UnreadCount
    private var progress: DeliveryProgress
    /// Bytes sent so far, including unread ones.
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
