import JSON
import NIOCore
import NIOHTTP1
import Testing

/// `HEAD`, `OPTIONS`, and methods that a path does not have.
@Suite(.timeLimit(.minutes(10))) struct MethodTests {
    private static func paths(_ client: TestClient) async throws -> [(path: String, methods: Set<String>)] {
        let paths = try await client.get("/openapi.json").json["paths"]?.objectValue ?? [:]
        return paths.map { path, methods in (path, Set((methods.objectValue ?? [:]).map { $0.key.uppercased() })) }
    }

    private static func allowed(_ answer: TestClient.Answer) -> Set<String> {
        Set(answer.headers[canonicalForm: "Allow"].map(String.init))
    }

    @Test func everyPathTellsItsMethodsWithoutAKey() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let nobody = client.with(key: nil)
        let paths = try await Self.paths(client)
        #expect(paths.count > 15)
        for (path, methods) in paths where path != "/mcp" {
            let all = methods.union(methods.contains("GET") ? ["HEAD", "OPTIONS"] : ["OPTIONS"])
            // An id that exists nowhere has the same methods: nothing is looked up.
            let options = try await nobody.send(.OPTIONS, path.replacing("{id}", with: "none"))
            #expect(options.status == 204 && options.body.isEmpty && Self.allowed(options) == all, "\(path): \(options.status)")
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "LINK"] where !all.contains(method) {
                let refused = try await nobody.send(HTTPMethod(rawValue: method), path.replacing("{id}", with: "none"))
                #expect(refused.status == 405 && Self.allowed(refused) == all, "\(method) \(path): \(refused.status)")
            }
        }
        #expect(try await client.send(.OPTIONS, "/v1/nothing").status == 404)
        #expect(try await nobody.send(.OPTIONS, "/v1/models/owner/model").status == 204)
    }

    @Test func mcpTellsItsMethodsToAKey() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let writer = try await server.client(tenant: "a", scopes: "write")
        let options = try await client.send(.OPTIONS, "/mcp")
        #expect(options.status == 204 && Self.allowed(options) == ["OPTIONS", "POST"])
        for method: HTTPMethod in [.GET, .DELETE, .HEAD, .PUT, .PATCH, .TRACE, .PROPFIND] {
            let refused = try await client.send(method, "/mcp")
            #expect(refused.status == 405 && Self.allowed(refused) == ["OPTIONS", "POST"], "\(method): \(refused.status)")
        }
        #expect(try await client.with(key: nil).send(.OPTIONS, "/mcp").status == 401)
        #expect(try await writer.send(.OPTIONS, "/mcp").status == 403)
    }

    /// The same head as `GET`, on a connection that stays usable.
    @Test func headHasTheHeadOfGet() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let text = String(repeating: "The lamp turns once a minute. ", count: 8000)
        let made = try await client.send(.PUT, "/v1/documents/long?wait=true", Array(text.utf8), type: "text/plain")
        let job = try #require(made.json["job_id"]?.stringValue)
        let models = try await client.get("/v1/models").json["data"]?.arrayValue?.compactMap { $0["id"]?.stringValue } ?? []
        let paths = [
            "/health/live", "/health/ready", "/openapi.json", "/v1/documents", "/v1/documents/long", "/v1/documents/long/content",
            "/v1/jobs/\(job)", "/v1/jobs/\(job)/events", "/v1/index/stats", "/v1/usage", "/v1/models", "/v1/models/\(models[0])",
            "/api/mcp/ws", "/v1/documents/none", "/v1/jobs/none/events", "/v1/documents?limit=0", "/v1/documents?wiat=1", "/none",
            "/api/mcp/stream", "/api/mcp/stream?query=lamp&model=none",
        ]
        let key = "Authorization: Bearer \(client.key ?? "")"
        try await RawSocket.connect(server.port) { socket in
            for path in paths {
                var heads: [[String]] = []
                for method in ["HEAD", "GET"] {
                    try await socket.send(
                        "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(key)\r\nX-Request-Id: r\r\n\r\n"
                    )
                    let head = try #require(method == "HEAD" ? try await socket.head() : try await Self.whole(socket), "\(method) \(path)")
                    heads.append(head.lowercased().split(separator: "\r\n").map(String.init).filter { !$0.hasPrefix("date:") })
                }
                #expect(heads[0] == heads[1], "\(path)")
                #expect(heads[0].contains { $0.hasPrefix("content-length:") || $0.hasPrefix("transfer-encoding:") }, "\(path)")
            }
        }
    }

    /// Reads a response with its body, and returns its head.
    private static func whole(_ socket: RawSocket) async throws -> String? {
        guard let head = try await socket.head() else { return nil }
        let fields = head.lowercased().split(separator: "\r\n")
        if let length = fields.first(where: { $0.hasPrefix("content-length:") }).flatMap({ Int($0.dropFirst(15).drop { $0 == " " }) }) {
            return try await socket.read { $0.readSlice(length: length).map { _ in head } }
        }
        let end = Array("0\r\n\r\n".utf8)
        return try await socket.read { bytes in
            let view = bytes.readableBytesView
            guard let found = view.firstRange(of: end) else { return nil }
            bytes.moveReaderIndex(forwardBy: found.upperBound - view.startIndex)
            return head
        }
    }

    @Test func headAsksNoModel() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let head = try await client.send(.HEAD, "/api/mcp/stream?query=lamp")
        #expect(head.status == 200 && head.headers["content-type"] == ["text/event-stream"] && head.headers["content-length"].isEmpty)
        #expect(try await client.get("/v1/usage").json["total"]?["requests"] == 0)
        #expect(try await client.with(key: nil).send(.HEAD, "/api/mcp/stream?query=lamp").status == 401)
    }

    @Test func theServerAsAWholeHasOptions() async throws {
        let server = try await RunningServer.start()
        try await RawSocket.connect(server.port) { socket in
            try await socket.send("OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            let head = try #require(try await socket.head())
            #expect(head.hasPrefix("HTTP/1.1 204 ") && head.contains("Allow: DELETE, GET, HEAD, OPTIONS, POST, PUT\r\n"), "\(head)")
            try await socket.send("OPTIONS * HTTP/1.1\r\nHost: evil.example\r\n\r\n")
            #expect(try await socket.head()?.hasPrefix("HTTP/1.1 421 ") == true)
        }
    }

    @Test func headAndOptionsTellNothingOfAnotherTenant() async throws {
        let pair = try await CrossTenantTests.Pair()
        let nobody = pair.a.with(key: nil)
        for path in ["/v1/documents/only-a", "/v1/documents/only-a/content", "/v1/jobs/\(pair.jobOfA)", "/v1/jobs/\(pair.jobOfA)/events"] {
            let own = try await pair.a.send(.HEAD, path)
            let other = try await pair.b.send(.HEAD, path)
            let missing = try await pair.b.send(.HEAD, path.replacing("only-a", with: "only-c").replacing(pair.jobOfA, with: "job_c"))
            #expect(own.status == 200 && other.status == 404 && missing.status == 404, "\(path)")
            #expect(other.headers["ETag"].isEmpty && other.headers["content-type"] == missing.headers["content-type"])
            #expect(try await nobody.send(.HEAD, path).status == 401)
            let options = try await pair.b.send(.OPTIONS, path)
            #expect(options.status == 204 && options.headers["ETag"].isEmpty)
        }
    }
}
