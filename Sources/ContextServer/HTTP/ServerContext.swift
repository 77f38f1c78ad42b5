import Hummingbird
import Logging
import Memory
import NIOCore

/// What travels with one request: its logger, and the id by which a client and the log speak of it.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The client's `X-Request-Id` where it sent a usable one, else ours.
    var requestID: String
    /// What is held in memory for the request.
    var memory: MemoryReservation
    /// The connection that the request came by.
    let channel: any Channel
    /// Parses the request's body.
    var parser = BodyParser()
    /// Where what is done for the request runs: on the connection's event loop, or, where `nil`, on the concurrent pool.
    var executor: (any TaskExecutor)?

    /// For requests that are answered without admission.
    private static let noMemory = MemoryBudget(limit: 0, share: 1, patience: .zero)

    init(source: ApplicationRequestContextSource) {
        channel = source.channel
        coreContext = CoreRequestContextStorage(source: source)
        executor = EventLoopExecutor.of(source.channel.eventLoop)
        requestID = ""
        memory = Self.noMemory.reservation(for: .unknown)
    }
}
