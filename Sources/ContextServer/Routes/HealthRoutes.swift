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
        let live = APIOperation("Check that the process is alive", needsKey: false, returns: .init("OK"))
        let body = JSONValue.object(["status": "live"]).serialized()
        endpoints.open(.get, "/health/live", live) { _, _ in .json(bytes: body) }
        let ready = APIOperation("Check that the server is ready", needsKey: false, returns: .init("OK"))
        endpoints.open(.get, "/health/ready", ready) { _, _ in
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
