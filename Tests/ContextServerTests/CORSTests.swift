import JSON
import NIOHTTP1
import Testing

/// `/mcp` for web pages: preflights, and which responses a page may read.
@Suite(.timeLimit(.minutes(5))) struct CORSTests {
    private static let origin = "http://localhost:6274"

    private static func server() async throws -> (RunningServer, TestClient) {
        let server = try await RunningServer.start(
            options: ["--allowed-origin", origin, "--allowed-origin", "https://app.example:8443"])
        return (server, try await server.client(tenant: "a"))
    }

    private static func preflight(
        _ client: TestClient, from origin: String = origin, path: String = "/mcp", method: String? = "POST",
        headers: String? = "authorization"
    ) async throws -> TestClient.Answer {
        var fields = [("Origin", origin)]
        if let method { fields.append(("Access-Control-Request-Method", method)) }
        if let headers { fields.append(("Access-Control-Request-Headers", headers)) }
        return try await client.with(key: nil).send(.OPTIONS, path, headers: fields)
    }

    private static func list(_ answer: TestClient.Answer, _ name: String) -> [String] {
        answer.headers[canonicalForm: "Access-Control-\(name)"].map { $0.lowercased() }
    }

    @Test func aPreflightNeedsNoKey() async throws {
        let (server, client) = try await Self.server()
        defer { withExtendedLifetime(server) {} }
        for origin in [Self.origin, "https://app.example:8443", server.base] {
            for path in ["/mcp", "/mcp/", "/mcp?a=b"] {
                for method in ["POST", "GET", "DELETE"] {
                    let answer = try await Self.preflight(client, from: origin, path: path, method: method)
                    #expect(answer.status == 204 && answer.body.isEmpty, "\(origin) \(path) \(method): \(answer.status)")
                    #expect(answer.headers["Access-Control-Allow-Origin"] == [origin])
                    #expect(Self.list(answer, "Allow-Methods").contains(method.lowercased()))
                    #expect(answer.headers[canonicalForm: "Vary"].contains("Origin"))
                }
            }
        }
    }

    static let headers = [
        "authorization,content-type,mcp-protocol-version", "authorization, content-type, mcp-protocol-version, mcp-method, mcp-name",
        "Authorization,Mcp-Session-Id,Last-Event-Id,Accept", "x-request-id", "x-api-gateway-token,mcp-param-region",
    ]

    @Test func theHeadersThatAPageAsksForAreNamed() async throws {
        let (server, client) = try await Self.server()
        defer { withExtendedLifetime(server) {} }
        for wanted in Self.headers {
            let allowed = Self.list(try await Self.preflight(client, headers: wanted), "Allow-Headers")
            for name in wanted.lowercased().split(separator: ",") {
                #expect(allowed.contains(String(name.filter { $0 != " " })), "\(wanted): \(allowed)")
            }
        }
        let none = Self.list(try await Self.preflight(client, headers: nil), "Allow-Headers")
        #expect(none.contains("authorization") && none.contains("content-type") && none.contains("mcp-protocol-version"))
        let many = (0..<500).map { "x-\($0)" }.joined(separator: ",")
        // What is no header name is dropped, and many names are cut.
        let odd = Self.list(try await Self.preflight(client, headers: "a b,<script>,,\(many)"), "Allow-Headers")
        #expect(odd.allSatisfy { !$0.contains("<") } && odd.count < 100, "\(odd)")
    }

    /// Responses after the preflight: a page also has to read why a request was refused.
    @Test func aPageOfAnAllowedOriginReadsEveryResponse() async throws {
        let (server, client) = try await Self.server()
        defer { withExtendedLifetime(server) {} }
        let ping = Array(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#.utf8)
        let cases: [(client: TestClient, path: String, body: [UInt8]?, type: String, status: Int)] = [
            (client, "/mcp", ping, "application/json", 200), (client, "/mcp/", ping, "application/json", 200),
            (client.with(key: nil), "/mcp", ping, "application/json", 401),
            (client.with(key: "ctx_wrong_wrong"), "/mcp", ping, "application/json", 401),
            (client, "/mcp", Array("{".utf8), "application/json", 400), (client, "/mcp", ping, "text/plain", 415),
        ]
        for (client, path, body, type, status) in cases {
            let answer = try await client.send(.POST, path, body, type: type, headers: [("Origin", Self.origin)])
            #expect(answer.status == status && answer.headers["Access-Control-Allow-Origin"] == [Self.origin], "\(path): \(answer.status)")
            let exposed = Self.list(answer, "Expose-Headers")
            for name in ["mcp-session-id", "retry-after", "www-authenticate", "x-request-id"] {
                #expect(exposed.contains(name), "\(exposed)")
            }
        }
        let get = try await client.send(.GET, "/mcp", headers: [("Origin", Self.origin)])
        #expect(get.status == 405 && get.headers["Access-Control-Allow-Origin"] == [Self.origin])
    }

    static let strangers = [
        "http://evil.example", "http://localhost:6275", "https://localhost:6274", "null", "http://localhost:6274.evil.example",
        "http://localhost:6274/", "https://app.example",
    ]

    @Test func otherOriginsGetNothing() async throws {
        let (server, client) = try await Self.server()
        defer { withExtendedLifetime(server) {} }
        for origin in Self.strangers {
            let preflight = try await Self.preflight(client, from: origin)
            let post = try await client.send(
                .POST, "/mcp", Array(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#.utf8), type: "application/json",
                headers: [("Origin", origin)])
            for answer in [preflight, post] {
                #expect(answer.status == 403 && answer.code == "origin_refused", "\(origin): \(answer.status)")
                #expect(!answer.headers.contains { $0.name.lowercased().hasPrefix("access-control") }, "\(origin)")
            }
        }
        // Only `/mcp` is for pages, and only a preflight passes without a key: elsewhere it gets no permission.
        let elsewhere = try await Self.preflight(client, path: "/v1/search")
        #expect(
            elsewhere.status == 204 && elsewhere.headers["Access-Control-Allow-Methods"].isEmpty
                && elsewhere.headers["Access-Control-Allow-Origin"].isEmpty)
        #expect(try await Self.preflight(client, method: nil).status == 401)
        #expect(try await client.with(key: nil).send(.OPTIONS, "/mcp").status == 401)
    }
}
