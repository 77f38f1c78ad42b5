package import Memory
package import NIOCore
import Synchronization

/// The application's interface to a WebSocket: it receives and sends messages, and closes the connection.
package final class WebSocketConnection: Sendable {
    /// The client's messages in order of arrival. The stream ends when the connection ends or begins to close. It has a single consumer.
    package let messages: AsyncStream<ByteBuffer>
    package let channel: any Channel
    private let handler: NIOLoopBound<WebSocketHandler>

    /// Takes over `channel`: from now on no input is read as HTTP.
    ///
    /// - Parameters:
    ///   - memory: the reservation for messages that have not been processed.
    ///   - position: returns where in the channel's pipeline the WebSocket's handler belongs. It is called on the event loop.
    ///   - isBusy: returns whether a query is being answered.
    /// - Throws: an error if the connection has ended.
    package static func open(
        on channel: any Channel, limits: WebSocketLimits, memory: MemoryReservation? = nil,
        at position: @escaping @Sendable (ChannelPipeline.SynchronousOperations) -> ChannelPipeline.SynchronousOperations.Position,
        isBusy: @escaping @Sendable () -> Bool
    ) async throws -> WebSocketConnection {
        try await channel.eventLoop.submit { try WebSocketConnection(onLoopOf: channel, limits, memory, position, isBusy) }.get()
    }

    private init(
        onLoopOf channel: any Channel, _ limits: WebSocketLimits, _ memory: MemoryReservation?,
        _ position: (ChannelPipeline.SynchronousOperations) -> ChannelPipeline.SynchronousOperations.Position,
        _ isBusy: @escaping @Sendable () -> Bool
    ) throws {
        let (messages, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        let observer = WebSocketHandler.Observer(
            message: { continuation.yield($0) }, ended: { continuation.finish() }, isBusy: isBusy)
        let handler = WebSocketHandler(limits, observer, memory: memory)
        (self.messages, self.channel) = (messages, channel)
        self.handler = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(handler, position: position(pipeline))
    }

    package func authenticated() { onLoop { $0.authenticated() } }

    /// Records that a message has been processed. Call this once for each message: the number of unprocessed messages is limited.
    package func looked() { onLoop { $0.looked() } }

    /// Sends a message; returns when the client's side has taken it, so that the sender waits for slow readers.
    ///
    /// - Throws: an error if the connection has ended, or is closing.
    package func send(_ text: ByteBuffer) async throws {
        let promise = channel.eventLoop.makePromise(of: Void.self)
        onLoop { $0.send(text, promise) }
        try await promise.futureResult.get()
    }

    /// Sends a message without waiting: for the final messages.
    package func sendLater(_ text: ByteBuffer) { onLoop { $0.send(text, nil) } }

    package func close(_ closing: WebSocketClosing) { onLoop { $0.close(closing) } }

    /// Waits until the connection has ended.
    package func untilClosed() async { try? await channel.closeFuture.get() }

    private func onLoop(_ body: @escaping @Sendable (WebSocketHandler) -> Void) {
        channel.eventLoop.execute { [handler] in body(handler.value) }
    }
}
