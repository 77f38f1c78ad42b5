package import Memory
package import NIOCore
import Synchronization

/// A WebSocket as the application sees it: messages come, messages go, and one side ends it.
package final class WebSocketConnection: Sendable {
    /// Messages of clients in the order in which they came. They end with the connection, or when it begins to close. Read once, by one.
    package let messages: AsyncStream<ByteBuffer>
    package let channel: any Channel
    private let handler: NIOLoopBound<WebSocketHandler>

    /// Takes over `channel`: from here on nothing that comes is read as HTTP.
    ///
    /// - Parameters:
    ///   - memory: takes what is held of messages that have not been looked at.
    ///   - isBusy: whether something is being answered.
    /// - Throws: where the connection is over.
    package static func open(
        on channel: any Channel, limits: WebSocketLimits, memory: MemoryReservation? = nil, isBusy: @escaping @Sendable () -> Bool
    ) async throws -> WebSocketConnection {
        try await channel.eventLoop.submit { try WebSocketConnection(onLoopOf: channel, limits, memory, isBusy) }.get()
    }

    private init(
        onLoopOf channel: any Channel, _ limits: WebSocketLimits, _ memory: MemoryReservation?, _ isBusy: @escaping @Sendable () -> Bool
    ) throws {
        let (messages, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        let observer = WebSocketHandler.Observer(
            message: { continuation.yield($0) }, ended: { continuation.finish() }, isBusy: isBusy)
        let handler = WebSocketHandler(limits, observer, memory: memory)
        (self.messages, self.channel) = (messages, channel)
        self.handler = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
        // Behind the one that counts what is not read.
        let counter = try? channel.pipeline.syncOperations.handler(type: UnreadResponses.self)
        try channel.pipeline.syncOperations.addHandler(handler, position: counter.map { .after($0) } ?? .first)
    }

    package func authenticated() { onLoop { $0.authenticated() } }

    /// To be said of each message, once: so many may wait.
    package func looked() { onLoop { $0.looked() } }

    /// Sends a message; returns when the client's side has taken it, so that one who reads slowly is waited for.
    ///
    /// - Throws: where the connection is over, or closing.
    package func send(_ text: ByteBuffer) async throws {
        let promise = channel.eventLoop.makePromise(of: Void.self)
        onLoop { $0.send(text, promise) }
        try await promise.futureResult.get()
    }

    /// Sends a message and does not wait: for the few words at the end.
    package func sendLater(_ text: ByteBuffer) { onLoop { $0.send(text, nil) } }

    package func close(_ closing: WebSocketClosing) { onLoop { $0.close(closing) } }

    /// Returns when the connection is over.
    package func untilClosed() async { try? await channel.closeFuture.get() }

    private func onLoop(_ body: @escaping @Sendable (WebSocketHandler) -> Void) {
        channel.eventLoop.execute { [handler] in body(handler.value) }
    }
}
