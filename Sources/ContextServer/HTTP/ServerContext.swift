import Hummingbird
import Logging
import Memory
import NIOCore

/// The context of one request: its logger, its memory, and the ID that the client and the log know it by.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The client's `X-Request-Id` if it is usable, else a generated ID.
    var requestID: String
    /// The memory held for the request.
    var memory: MemoryReservation
    /// The request's connection.
    let channel: any Channel
    /// The parser of the request's body.
    var parser = BodyParser()
    /// The executor of the request's work: the connection's event loop or a worker; `nil` for the concurrent pool.
    var executor: (any TaskExecutor)?

    /// An empty budget, for requests that bypass admission control.
    private static let noMemory = MemoryBudget(limit: 0, share: 1, timeout: .zero)

    init(source: ApplicationRequestContextSource) {
        channel = source.channel
        coreContext = CoreRequestContextStorage(source: source)
        executor = EventLoopExecutor.of(source.channel.eventLoop)
        requestID = ""
        memory = Self.noMemory.reservation(for: .unknown)
    }
}
