import Failure
import HTTPTypes
import Hummingbird
import Memory
import Scheduling
import Synchronization

/// Admission control: limits concurrent requests and the memory held for them; a request beyond a limit gets a 503 response. Health checks
/// and metrics are exempt, so that a busy server does not appear dead. An admitted request gets its memory and the parser of its body.
struct AdmissionMiddleware: RouterMiddleware {
    let admission: Admission
    let parser: BodyParser
    /// Paths that are exempt.
    let exempt: Set<String>

    @concurrent func handle(
        _ request: Request, context: ServerContext, next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        if exempt.contains(request.uri.path) { return try await next(request, context) }
        let place = try admission.permit()
        var context = context
        context.memory = admission.reservation()
        context.parser = parser
        return try await next(request, context).holding(context.memory).holding(place)
    }
}

/// The limits that all requests share, WebSocket queries included.
struct Admission: Sendable {
    let requests: Budget
    let memory: MemoryBudget
    let shares: TenantShares
    /// The counter of connections that were closed because the client did not read.
    let unread = UnreadCount()

    init(limit: Int, memory: MemoryBudget) {
        (requests, self.memory, shares) = (Budget(limit: limit), memory, TenantShares(total: limit))
    }

    /// - Throws: `Failure.overloaded` if the concurrency limit is reached.
    func permit() throws -> ConcurrencySlot {
        guard let place = requests.permit() else { throw Failure.overloaded("too many concurrent requests; try again in a moment") }
        return place
    }

    /// Returns a memory reservation for a request whose client is not known yet.
    func reservation() -> MemoryReservation { memory.reservation(for: .unknown) }
}

extension Response {
    /// Returns the response, which holds `permit` until its last byte is written: a stream, or a large body that its client reads slowly,
    /// occupies the server after its head has been sent.
    func holding(_ permit: ConcurrencySlot) -> Response {
        guard isDeliveredSlowly else { return self }
        var response = self
        response.body = ResponseBody(contentLength: body.contentLength) { [body] writer in
            try await body.write(writer)
            withExtendedLifetime(permit) {}
        }
        return response
    }

    /// Returns the response, which holds `memory` until its last byte is written. The body is written in pieces, each after the client has
    /// taken the one before; if its size is known, the request's own memory is released.
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

    /// Whether delivery of the body may take long. Small bodies are handed to the connection whole. A connection that became a WebSocket
    /// does not count as a request; its queries do.
    var isDeliveredSlowly: Bool {
        status != .switchingProtocols && body.contentLength.map { $0 > ResponseBody.pieceBytes } ?? true
    }
}

/// A counted budget that all requests share.
final class Budget: Sendable {
    let limit: Int
    private let state = Mutex((taken: 0, refused: 0))

    init(limit: Int) { self.limit = limit }

    var taken: Int { state.withLock { $0.taken } }
    /// Number of times that none was left.
    var refused: Int { state.withLock { $0.refused } }

    /// Takes one unit; returns `nil` if none is left.
    func permit() -> ConcurrencySlot? {
        let hasTaken = state.withLock { state in
            let isLeft = state.taken < limit
            if isLeft { state.taken += 1 } else { state.refused += 1 }
            return isLeft
        }
        return hasTaken ? ConcurrencySlot { self.state.withLock { $0.taken -= 1 } } : nil
    }
}
