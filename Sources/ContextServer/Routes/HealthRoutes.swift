import Catalog
import Embeddings
import Failure
import Hummingbird
import JSON

/// `GET /health/live` and `GET /health/ready`, for supervisors and load balancers.
struct HealthRoutes: Sendable {
    let catalog: CatalogStore
    let model: ModelIdentity

    static let paths: Set<String> = ["/health/live", "/health/ready"]

    func add(to endpoints: Endpoints) {
        let live = JSONValue.object(["status": "live"]).serialized()
        endpoints.open(.get, "/health/live", .getLiveness) { _, _ in .json(bytes: live) }
        endpoints.open(.get, "/health/ready", .getReadiness) { _, _ in
            guard await catalog.isReachable() else {
                throw Failure(.unavailable, code: "not_ready", "the catalog cannot be read", retryAfterSeconds: 1)
            }
            let storage = catalog.storageStatus
            // Reads and searches continue, so taking the server out of rotation would not help.
            return .json([
                "status": storage == .writable ? "ready" : "degraded", "storage": .string(storage.rawValue),
                "model": .string(model.tag),
            ])
        }
    }
}
