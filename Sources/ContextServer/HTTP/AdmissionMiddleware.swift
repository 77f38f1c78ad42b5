import HTTPTypes
import Hummingbird
import Synchronization

/// Bounds how many requests are answered at once, and how much of their bodies is in memory; beyond it a client is told to
/// come back. Health and metrics are always answered: a busy server is not a dead one.
struct AdmissionMiddleware: RouterMiddleware {
    let admission: Admission

    @concurrent func handle(
        _ request: Request, context: ServerContext, next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        if request.uri.path.hasPrefix("/health/") || request.uri.path == MetricsRoute.path { return try await next(request, context) }
        let place = try admission.permit()
        var context = context
        context.body = admission.reservation()
        return try await next(request, context).holding(place)
    }
}

/// What all requests share: of these, the queries on WebSockets are some.
struct Admission: Sendable {
    private let requests: Budget
    private let bodyBytes: Budget
    let shares: TenantShares

    init(limit: Int, bodyBytes: Int) {
        (requests, self.bodyBytes) = (Budget(limit: limit), Budget(limit: bodyBytes))
        shares = TenantShares(total: limit)
    }

    var taken: (requests: Int, bodies: Int) { (requests.taken, bodyBytes.taken) }
    var limits: (requests: Int, bodies: Int) { (requests.limit, bodyBytes.limit) }
    /// How often there was too much of it.
    var refused: (requests: Int, bodies: Int) { (requests.refused, bodyBytes.refused) }

    /// - Throws: `Problem.overloaded` where too much is being answered.
    func permit() throws -> Permit {
        guard let place = requests.permit() else { throw Problem.overloaded("too many requests at once; try again in a moment") }
        return place
    }

    func reservation() -> BodyReservation { BodyReservation(budget: bodyBytes) }
}

extension Response {
    /// The response, which keeps `permit` until its last byte is written: a stream is work after its head has gone out.
    func holding(_ permit: Permit) -> Response {
        // A connection that became a WebSocket is no request; its queries are.
        guard body.contentLength == nil, status != .switchingProtocols else { return self }
        var response = self
        response.body = ResponseBody { [body] writer in
            try await body.write(writer)
            withExtendedLifetime(permit) {}
        }
        return response
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

/// What one request's body has taken of the budget; given back when the request is forgotten.
final class BodyReservation: Sendable {
    private let budget: Budget
    private let taken = Mutex(0)

    init(budget: Budget) { self.budget = budget }

    deinit { budget.give(taken.withLock { $0 }) }

    /// - Throws: `Problem.overloaded` where all requests together hold too much.
    func take(_ bytes: Int) throws {
        guard budget.take(bytes) else { throw Problem.overloaded("too much is being uploaded at once; try again in a moment") }
        taken.withLock { $0 += bytes }
    }
}
