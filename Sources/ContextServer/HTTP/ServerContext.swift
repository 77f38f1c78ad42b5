import Hummingbird
import Logging
import NIOCore

/// What travels with one request: its logger, and the id by which a client and the log speak of it.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The client's `X-Request-Id` where it sent a usable one, else ours.
    var requestID: String
    /// The request's share of the memory for bodies.
    var body: BodyReservation
    /// The connection that the request came by.
    let channel: any Channel
    /// Where what is done for the request runs: on the connection's event loop, or, where `nil`, on the concurrent pool.
    var executor: (any TaskExecutor)?

    init(source: ApplicationRequestContextSource) {
        channel = source.channel
        coreContext = CoreRequestContextStorage(source: source)
        executor = EventLoopExecutor.of(source.channel.eventLoop)
        requestID = ""
        body = BodyReservation(budget: Budget(limit: 0))
    }
}
