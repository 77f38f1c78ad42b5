import NIOCore
import Workers

/// Notices that a request's client has gone away, and ends what is done for it. It takes nothing from the connection, which stays open
/// for the next request.
final class ClientWatch: Sendable {
    private let channel: any Channel
    private let signal: OneTimeSignal
    private let handler: NIOLoopBound<CloseHandler>

    /// Begins to watch.
    static func begin(on channel: any Channel) async throws -> ClientWatch {
        try await channel.eventLoop.submit { try ClientWatch(onLoopOf: channel) }.get()
    }

    private init(onLoopOf channel: any Channel) throws {
        let signal = OneTimeSignal()
        let handler = CloseHandler(signal)
        (self.channel, self.signal) = (channel, signal)
        self.handler = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        if channel.isActive { try channel.pipeline.syncOperations.addHandler(handler, position: .first) } else { signal.fire() }
    }

    deinit {
        channel.eventLoop.execute { [channel, handler] in
            // It is gone already where the channel is closed.
            channel.pipeline.syncOperations.removeHandler(handler.value, promise: nil)
        }
    }

    /// What `body` returns; it is cancelled once the client is gone.
    ///
    /// - Throws: what `body` throws; `CancellationError` where the client went first.
    func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { [signal] group in
            group.addTask { try await body() }
            group.addTask {
                await signal.wait()
                throw CancellationError()
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }
}

/// First in the pipeline: sees the end of the client's side as it comes.
private final class CloseHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let signal: OneTimeSignal

    init(_ signal: OneTimeSignal) { self.signal = signal }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { signal.fire() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        signal.fire()
        context.fireChannelInactive()
    }
}
