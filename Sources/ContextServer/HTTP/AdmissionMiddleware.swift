import HTTPTypes
import Hummingbird
import Synchronization

/// Bounds how many requests are answered at once; beyond it a client is told to come back, before anything of its request
/// is read.
struct AdmissionMiddleware: RouterMiddleware {
    private let gate: AdmissionGate

    init(limit: Int) { gate = AdmissionGate(limit: limit) }

    @concurrent func handle(
        _ request: Request, context: ServerContext, next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response
    {
        guard gate.enter() else { throw Problem.overloaded("too many requests at once; try again in a moment") }
        defer { gate.leave() }
        return try await next(request, context)
    }
}

final class AdmissionGate: Sendable {
    private let limit: Int
    private let inFlight = Mutex(0)

    init(limit: Int) { self.limit = limit }

    func enter() -> Bool {
        inFlight.withLock { inFlight in
            guard inFlight < limit else { return false }
            inFlight += 1
            return true
        }
    }

    func leave() { inFlight.withLock { $0 -= 1 } }
}
