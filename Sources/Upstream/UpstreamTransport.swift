internal import AsyncHTTPClient
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// The process's connections to providers: one for all clients, so that connections are used again. Shut down once, at the end.
public final class UpstreamTransport: Sendable {
    let client: HTTPClient
    private let isShutDown = Mutex(false)

    /// - Parameters:
    ///   - connectTimeout: for DNS, TCP and TLS together; also for the wait for a free connection.
    ///   - connectionsPerHost: open at once to one provider. A streamed answer holds one for as long as it lasts.
    public init(connectTimeout: Duration = .seconds(10), connectionsPerHost: Int = 256) {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = TimeAmount(connectTimeout)
        // Keys go to the host that was named and to no other.
        configuration.redirectConfiguration = .disallow
        // Retries are counted and spaced by `RetryPolicy`.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = max(1, connectionsPerHost)
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Sends a request. Whoever asks on an event loop is answered on it, over a connection of that loop if one is free, so that nothing changes
    /// threads. To insist on such a connection would be to close it after each answer.
    func begin(_ exchange: UpstreamExchange, _ request: HTTPClient.Request) {
        let loop = MultiThreadedEventLoopGroup.currentEventLoop
        exchange.begin(request, with: client, on: loop.map { .delegate(on: $0) } ?? .indifferent)
    }

    /// Ends what is under way with `.cancelled` and closes all connections; later requests fail with the same.
    public func shutDown() async {
        guard
            isShutDown.withLock({ isShutDown in
                defer { isShutDown = true }
                return !isShutDown
            })
        else { return }
        // It throws only where it was shut down before.
        try? await client.shutdown()
    }

    deinit {
        // The client's own reference keeps it alive until that is done.
        if !isShutDown.withLock({ $0 }) { client.shutdown { _ in } }
    }
}
