import Catalog
import Embeddings
import Hummingbird
import JSON

/// `GET /health/live` and `GET /health/ready`: for whoever starts, stops and balances.
struct HealthRoutes: Sendable {
    let services: ServerServices

    func add(to endpoints: Endpoints) {
        endpoints.open(.get, "/health/live") { _, _ in .json(["status": "live"]) }
        endpoints.open(.get, "/health/ready") { _, _ in
            guard await services.catalog.isReachable() else {
                throw Problem(
                    status: .serviceUnavailable, code: "not_ready", detail: "the catalog cannot be read", headers: [.retryAfter: "1"])
            }
            return .json(["status": "ready", "model": .string(services.embedder.identity.tag)])
        }
    }
}
