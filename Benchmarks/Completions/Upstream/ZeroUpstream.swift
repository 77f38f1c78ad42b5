import NIOCore
import NIOHTTP1
import NIOPosix

/// A model provider on the loopback interface that responds without delay: OpenAI's chat protocol, streamed or not, on one event loop.
final class ZeroUpstream {
    let ledger = UpstreamLedger()
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let channel: any Channel

    init() throws {
        let ledger = self.ledger
        channel = try ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: false)
                    try channel.pipeline.syncOperations.addHandler(UpstreamHandler(ledger))
                }
            }
            .bind(host: "127.0.0.1", port: 0).wait()
    }

    var port: Int { channel.localAddress?.port ?? 0 }

    func stop() throws {
        try channel.close().wait()
        try group.syncShutdownGracefully()
    }
}
