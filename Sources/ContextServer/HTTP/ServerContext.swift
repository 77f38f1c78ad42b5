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

    init(source: ApplicationRequestContextSource) {
        channel = source.channel
        coreContext = CoreRequestContextStorage(source: source)
        requestID = ""
        body = BodyReservation(budget: Budget(limit: 0))
    }
}
