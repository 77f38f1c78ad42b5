import HTTPTypes
import Hummingbird
import Synchronization

/// Bounds how many requests are answered at once, and how much of their bodies is in memory; beyond it a client is told to
/// come back. Health is always answered: a busy server is not a dead one.
struct AdmissionMiddleware: RouterMiddleware {
    private let requests: Budget
    private let bodyBytes: Budget

    init(limit: Int, bodyBytes: Int) {
        requests = Budget(limit: limit)
        self.bodyBytes = Budget(limit: bodyBytes)
    }

    @concurrent func handle(
        _ request: Request, context: ServerContext, next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        if request.uri.path.hasPrefix("/health/") { return try await next(request, context) }
        guard requests.take(1) else { throw Problem.overloaded("too many requests at once; try again in a moment") }
        defer { requests.give(1) }
        var context = context
        context.body = BodyReservation(budget: bodyBytes)
        return try await next(request, context)
    }
}

/// So much of something, shared by all requests.
final class Budget: Sendable {
    private let limit: Int
    private let taken = Mutex(0)

    init(limit: Int) { self.limit = limit }

    func take(_ amount: Int) -> Bool {
        taken.withLock { taken in
            guard taken + amount <= limit else { return false }
            taken += amount
            return true
        }
    }

    func give(_ amount: Int) { taken.withLock { $0 -= amount } }
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
