import Hummingbird

/// `GET /openapi.json`: the API's description, the same for everyone.
struct OpenAPIRoute: Sendable {
    func add(to endpoints: Endpoints) {
        let document = OpenAPIDocument.value
        endpoints.open(.get, "/openapi.json") { _, _ in .json(document) }
    }
}
