import Hummingbird

/// `GET /openapi.json`: the API's description, which is the same for all clients.
struct OpenAPIRoute: Sendable {
    func add(to endpoints: Endpoints) {
        let document = OpenAPIDocument.value
        endpoints.open(.get, "/openapi.json") { _, _ in .json(document) }
    }
}
