import HummingbirdCore
import Logging
import NIOCore

/// HTTP/1.1 whose connections are each served on their own event loop.
struct ConnectionServer: ServerChildChannel {
    private let http: HTTP1Channel

    init(_ http: HTTP1Channel) { self.http = http }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        http.setup(channel: channel, logger: logger).flatMapThrowing { value in
            try channel.pipeline.syncOperations.addHandler(ConnectionEnd(), position: .first)
            return value
        }
    }

    @concurrent func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await withTaskExecutorPreference(EventLoopExecutor.of(value.channel.eventLoop)) { await http.handle(value: value, logger: logger) }
    }
}

extension HTTPServerBuilder {
    static func onEventLoops(_ configuration: HTTP1Channel.Configuration) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in ConnectionServer(HTTP1Channel(responder: responder, configuration: configuration)) }
    }
}
