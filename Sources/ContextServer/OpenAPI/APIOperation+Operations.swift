import JSON

// The descriptions of the routes for operators, which need no key.
extension APIOperation {
    static let getLiveness = APIOperation(
        "getLiveness", .operations, "Check that the process is alive", needsKey: false,
        returns: .json("Liveness", "The process is alive.", example: ["status": "live"]))

    static let getReadiness = APIOperation(
        "getReadiness", .operations, "Check that the server is ready", needsKey: false, errors: [503],
        returns: .json("Readiness", "The server is ready. Writes may fail if it is `degraded`.", example: APIExample.readiness))

    static let getMetrics = APIOperation(
        "getMetrics", .operations, "Get metrics", needsKey: false, errors: [503],
        returns: APIResponse("Metrics in Prometheus' text format.", .text("text/plain", example: APIExample.metrics)))

    static let getOpenAPIDocument = APIOperation(
        "getOpenApiDocument", .operations, "Get this document", needsKey: false, errors: [503],
        returns: APIResponse("The document, in OpenAPI 3.1.", .json("OpenAPIDocument")))
}
