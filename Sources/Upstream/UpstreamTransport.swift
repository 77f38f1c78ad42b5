internal import AsyncHTTPClient
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// The process's connections to providers, shared by all clients so that connections are reused. Shut down once, at the end.
public final class UpstreamTransport: Sendable {
    let client: HTTPClient
    private let isShutDown = Atomic(false)

    /// - Parameters:
    ///   - connectTimeout: timeout for DNS, TCP and TLS together; also for the wait for a free connection.
    ///   - connectionsPerHost: maximum number of connections to one provider. A streamed response holds one for as long as it lasts.
    public init(connectTimeout: Duration = .seconds(10), connectionsPerHost: Int = 256) {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = TimeAmount(connectTimeout)
        // Keys are sent to the configured host and to no other.
        configuration.redirectConfiguration = .disallow
        // Retries are counted and spaced by `RetryPolicy`.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = max(1, connectionsPerHost)
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Sends a request. For a caller on an event loop, the response arrives on that loop, over one of its connections if one is free, to
    /// avoid thread switches. Requiring such a connection would close it after each response.
    func begin(_ exchange: UpstreamExchange, _ request: HTTPClient.Request) {
        let loop = MultiThreadedEventLoopGroup.currentEventLoop
        exchange.begin(request, with: client, on: loop.map { .delegate(on: $0) } ?? .indifferent)
    }

    /// Ends requests in progress with `.cancelled` and closes all connections; later requests fail with the same code.
    public func shutDown() async {
        guard !isShutDown.exchange(true, ordering: .relaxed) else { return }
        // Throws only if the client was already shut down.
        try? await client.shutdown()
    }

    deinit {
        // The client's own reference keeps it alive until that is done.
        if !isShutDown.load(ordering: .relaxed) { client.shutdown { _ in } }
    }
}
