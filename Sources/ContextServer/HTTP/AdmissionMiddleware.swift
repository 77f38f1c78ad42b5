import HTTPTypes
import Hummingbird
import Memory
import Synchronization

/// Bounds how many requests are answered at once, and how much memory is held for them; beyond it a client is told to
/// come back. Health and metrics are always answered: a busy server is not a dead one.
struct AdmissionMiddleware: RouterMiddleware {
    let admission: Admission

    @concurrent func handle(
        _ request: Request, context: ServerContext, next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        if request.uri.path.hasPrefix("/health/") || request.uri.path == MetricsRoute.path { return try await next(request, context) }
        let place = try admission.permit()
        var context = context
        context.memory = admission.reservation()
        return try await next(request, context).holding(context.memory).holding(place)
    }
}

/// What all requests share: of these, the queries on WebSockets are some.
struct Admission: Sendable {
    private let requests: Budget
    let memory: MemoryBudget
    let shares: TenantShares
    /// Connections that were closed because nobody read.
    let unread = UnreadCount()

    init(limit: Int, memory: MemoryBudget) {
        (requests, self.memory) = (Budget(limit: limit), memory)
        shares = TenantShares(total: limit)
    }

    var taken: Int { requests.taken }
    var limit: Int { requests.limit }
    /// How often there were too many.
    var refused: Int { requests.refused }

    /// - Throws: `Problem.overloaded` where too much is being answered.
    func permit() throws -> Permit {
        guard let place = requests.permit() else { throw Problem.overloaded("too many requests at once; try again in a moment") }
        return place
    }

    /// Memory of a request whose client is not known yet.
    func reservation() -> MemoryReservation { memory.reservation(for: .unknown) }
}

extension Response {
    /// The response, which keeps `permit` until its last byte is written: a stream is work after its head has gone out, and so is a large
    /// body that its client is slow to take.
    func holding(_ permit: Permit) -> Response {
        guard isDeliveredSlowly else { return self }
        var response = self
        response.body = ResponseBody(contentLength: body.contentLength) { [body] writer in
            try await body.write(writer)
            withExtendedLifetime(permit) {}
        }
        return response
    }

    /// The response, which keeps `memory` until its last byte is written. A body of known size is given in pieces, each when the client
    /// has taken the one before; what the request itself took is given back.
    func holding(_ memory: MemoryReservation) -> Response {
        guard isDeliveredSlowly else { return self }
        if let length = body.contentLength { memory.settle(at: length) }
        var response = self
        response.body = ResponseBody(contentLength: body.contentLength) { [body] writer in
            try await body.write(PiecewiseWriter(writer))
            withExtendedLifetime(memory) {}
        }
        return response
    }

    /// Whether the body may take its time. Small ones are handed to the connection whole. A connection that became a WebSocket is no
    /// request; its queries are.
    private var isDeliveredSlowly: Bool {
        status != .switchingProtocols && body.contentLength.map { $0 > ResponseBody.pieceBytes } ?? true
    }
}

/// So much of something, shared by all requests.
final class Budget: Sendable {
    let limit: Int
    private let state = Mutex((taken: 0, refused: 0))

    init(limit: Int) { self.limit = limit }

    var taken: Int { state.withLock { $0.taken } }
    /// How often there was too little left.
    var refused: Int { state.withLock { $0.refused } }

    func take(_ amount: Int) -> Bool {
        state.withLock { state in
            guard state.taken + amount <= limit else {
                state.refused += 1
                return false
            }
            state.taken += amount
            return true
        }
    }

    func give(_ amount: Int) { state.withLock { $0.taken -= amount } }

    /// One of it; `nil` where there is none left.
    func permit() -> Permit? { take(1) ? Permit { self.give(1) } : nil }
}

/// A place that is taken, and given back when the permit is forgotten.
final class Permit: Sendable {
    private let giveBack: @Sendable () -> Void

    init(giveBack: @escaping @Sendable () -> Void) { self.giveBack = giveBack }

    deinit { giveBack() }
}
