import Catalog
import Embeddings
import Hummingbird
import JSON

/// `GET /health/live` and `GET /health/ready`, for supervisors and load balancers.
struct HealthRoutes: Sendable {
    let services: ServerServices

    func add(to endpoints: Endpoints) {
        endpoints.open(.get, "/health/live") { _, _ in .json(["status": "live"]) }
        endpoints.open(.get, "/health/ready") { _, _ in
            guard await services.catalog.isReachable() else {
                throw Problem(
                    status: .serviceUnavailable, code: "not_ready", detail: "the catalog cannot be read", headers: [.retryAfter: "1"])
            }
            let storage = services.catalog.storageStatus
            // Reads and searches continue, so taking the server out of rotation would not help.
            return .json([
                "status": storage == .writable ? "ready" : "degraded", "storage": .string(storage.rawValue),
                "model": .string(services.embedder.identity.tag),
            ])
        }
    }
}
