import HummingbirdCore
import Logging
import Memory
import NIOCore
import NIOHTTP1

/// An HTTP/1.1 server that serves each connection on its own event loop, within the limits of `Connections`.
struct ConnectionServer: ServerChildChannel {
    private let http: HTTP1Channel
    private let connections: Connections
    private let delivery: Delivery

    /// The limits, memory budget and counter for responses that clients do not read.
    struct Delivery: Sendable {
        let limits: DeliveryLimits
        let memory: MemoryBudget
        let closed: UnreadCount
    }

    init(_ http: HTTP1Channel, _ connections: Connections, delivery: Delivery) {
        (self.http, self.connections, self.delivery) = (http, connections, delivery)
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<AcceptedConnection> {
        guard connections.admit(channel) else {
            channel.close(promise: nil)
            return channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
        }
        return http.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let accepted = AcceptedConnection(value)
            try addHandlers(to: channel)
            return accepted
        }
    }

    /// Adds the handlers. Bytes pass `UnreadResponses`, `ConnectionStream` and `ConnectionEnd`; requests and responses pass `RequestGate`,
    /// which drops refused input, then `BodyGate` and `UnfinishedRequest`.
    private func addHandlers(to channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        let stream = ConnectionStream(connections.limits)
        let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
        try pipeline.addHandlers([RequestGate(stream), BodyGate(), UnfinishedRequest()], position: .after(decoder))
        let memory = delivery.memory.reservation(for: .connections)
        let unread = UnreadResponses(delivery.limits, memory: memory, closed: delivery.closed)
        try pipeline.addHandlers([unread, stream, ConnectionEnd()], position: .first)
    }

    @concurrent func handle(value: AcceptedConnection, logger: Logger) async {
        let connection = value.take()
        await withTaskExecutorPreference(EventLoopExecutor.of(connection.channel.eventLoop)) {
            await http.handle(value: connection, logger: logger)
        }
    }
}
