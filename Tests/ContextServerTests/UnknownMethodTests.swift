import NIOHTTP1
import Testing

/// Methods that no route has: 405 on the path of a route, with its methods, and 404 elsewhere.
@Suite(.timeLimit(.minutes(5))) struct UnknownMethodTests {
    @Test(arguments: [
        ("/health/live", "GET, HEAD, OPTIONS"), ("/v1/documents", "GET, HEAD, OPTIONS, POST"), ("/v1/documents/import", "OPTIONS, POST"),
        ("/v1/documents/x", "DELETE, GET, HEAD, OPTIONS, PUT"), ("/v1/jobs/x/events", "GET, HEAD, OPTIONS"),
        ("/v1/models/a/b", "GET, HEAD, OPTIONS"),
        ("/v1/chat/completions", "OPTIONS, POST"),
    ])
    func aRouteNamesItsMethods(path: String, methods: String) async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        for method in ["QUERY", "PROPFIND", "TRACE"] {
            let answer = try await client.send(HTTPMethod(rawValue: method), path)
            let allowed = answer.headers.first(name: "allow")?.split(separator: ", ").sorted().joined(separator: ", ")
            #expect(answer.status == 405 && allowed == methods, "\(method) \(path): \(answer.status) \(allowed ?? "")")
        }
    }

    @Test func anotherPathIsNotFound() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        for path in ["/v1/nothing", "/v1/documents/x/y", "/health"] {
            #expect(try await client.send(HTTPMethod(rawValue: "QUERY"), path).status == 404, "\(path)")
        }
    }
}
