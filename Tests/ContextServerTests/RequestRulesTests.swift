import JSON
import NIOHTTP1
import Testing

/// What every route checks of a request before its handler: the parameters of the query, and `Accept`.
@Suite(.timeLimit(.minutes(10))) struct RequestRulesTests {
    /// Method, path and the kinds of its responses, from the server's own description of its routes.
    private struct Route {
        let method: String
        let path: String
        let parameters: [String]
        let types: [String]
        let needsKey: Bool

        var isOpenAI: Bool {
            ["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/models", "/v1/models/{id}"].contains(path)
        }
        /// A path that exists or not, which does not matter here.
        var target: String { path.replacing("{id}", with: "none") }
    }

    private static func routes(_ client: TestClient) async throws -> [Route] {
        let paths = try await client.get("/openapi.json").json["paths"]?.objectValue ?? [:]
        return paths.flatMap { path, methods in
            (methods.objectValue ?? [:]).map { method, operation in
                let parameters = (operation["parameters"]?.arrayValue ?? []).filter { $0["in"] == "query" }
                let responses = (operation["responses"]?.objectValue ?? [:]).filter { $0.key.hasPrefix("2") }
                return Route(
                    method: method.uppercased(), path: path, parameters: parameters.compactMap { $0["name"]?.stringValue },
                    types: responses.flatMap { $0.value["content"]?.objectValue?.map(\.key) ?? [] }, needsKey: operation["security"] == nil)
            }
        }
    }

    private static func send(
        _ client: TestClient, _ route: Route, _ query: String = "", _ headers: [(String, String)] = []
    ) async throws -> TestClient.Answer {
        let body: [UInt8]? = ["POST", "PUT"].contains(route.method) ? Array("{}".utf8) : nil
        return try await client.send(
            HTTPMethod(rawValue: route.method), route.target + query, body, type: body == nil ? nil : "application/json", headers: headers)
    }

    @Test func unknownAndRepeatedParametersAreRefusedOnEveryRoute() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let routes = try await Self.routes(client)
        #expect(routes.count > 20)
        for route in routes {
            let unknown = try await Self.send(client, route, "?wiat=true")
            let isRefused = unknown.status == 400 && unknown.text.contains("wiat is not a known query parameter")
            #expect(isRefused == (!route.isOpenAI && route.path != "/mcp" && route.needsKey), "\(route): \(unknown.status) \(unknown.text)")
            for name in route.parameters {
                #expect(unknown.text.contains(name), "\(route): \(unknown.text)")
                let twice = try await Self.send(client, route, "?\(name)=1&\(name)=1")
                #expect(twice.status == 400 && twice.text.contains("\(name) is given twice"), "\(route): \(twice.text)")
            }
            guard unknown.status == 400, route.path.hasPrefix("/v1") || route.path.hasPrefix("/api"), route.path != "/api/mcp/ws" else {
                continue
            }
            // Without a key, nothing but its absence is reported.
            #expect(try await Self.send(client.with(key: nil), route, "?wiat=true").status == 401, "\(route)")
        }
    }

    @Test func theNameIsComparedDecoded() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        for query in ["l%69mit=1", "limit=1&", "&limit=1", "&&", "", "limit=1&cursor=YQ"] {
            #expect(try await client.get("/v1/documents?\(query)").status == 200, "\(query)")
        }
        let long = String(repeating: "x", count: 5000)
        for query in [
            "limit=1&l%69mit=1", "Limit=1", "limit%20=1", "=1", "=", "%FF=1", "%=1", "limit=1&limit", "a=b", "li\u{6D}it+=1", long,
            "limit[]=1",
            (0..<2000).map { "p\($0)" }.joined(separator: "&"),
        ] {
            let answer = try await client.get("/v1/documents?\(query)")
            #expect(answer.status == 400 && answer.code == "invalid_request" && answer.body.count < 400, "\(query): \(answer.text)")
        }
    }

    @Test func acceptIsHonouredOrRefusedOnEveryRoute() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        for route in try await Self.routes(client) where !route.types.isEmpty && route.path != "/mcp" && route.needsKey {
            // An uploaded file has a type of its own.
            if route.types.contains("application/octet-stream") { continue }
            let refusing = [
                "image/png", "image/*", "*/*;q=0", "application/problem+json;q=0", "image/png, " + route.types.map { "\($0);q=0.0, */*" }.joined(separator: ", "),
            ]
            for value in refusing {
                let answer = try await Self.send(client, route, "", [("Accept", value)])
                #expect(answer.status == 406 && answer.text.contains("not_acceptable"), "\(route) \(value): \(answer.status)")
                for type in route.types { #expect(answer.text.contains(type), "\(route): \(answer.text)") }
                let type = route.isOpenAI ? "application/json" : "application/problem+json"
                #expect(answer.headers["content-type"] == [type], "\(route)")
            }
            let kind = route.types[0].prefix { $0 != "/" }
            for value in [
                "*/*", "*", route.types[0], "image/png, \(kind)/*;q=0.1", "\(route.types[0]);charset=utf-8", "", "image/png;q=0, */*;q=.2",
                "application/problem+json",
            ] {
                let answer = try await Self.send(client, route, "", [("Accept", value)])
                #expect(answer.status != 406, "\(route) \(value): \(answer.text)")
            }
            #expect(try await Self.send(client.with(key: nil), route, "", [("Accept", "image/png")]).status == (route.needsKey ? 401 : 406))
        }
    }

    /// A refused request has done nothing.
    @Test func aRefusedWriteWritesNothing() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let body = JSONValue.object(["id": "d", "text": "one"]).serialized()
        for (path, headers) in [("/v1/documents?wiat=true", []), ("/v1/documents", [("Accept", "text/html")])] {
            let answer = try await client.send(.POST, path, body, type: "application/json", headers: headers)
            #expect([400, 406].contains(answer.status), "\(answer.text)")
        }
        #expect(try await client.get("/v1/documents/d").status == 404)
    }

    /// OpenAI's clients send `Accept: application/json` for streams too.
    @Test func openAIsClientsGetTheirStreams() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        for (accept, isStream) in [("application/json", true), ("text/event-stream", true), ("text/event-stream", false), ("*/*", false)] {
            let answer = try await client.post(
                "/v1/chat/completions?api-version=1", ["messages": [["role": "user", "content": "otters?"]], "stream": .bool(isStream)],
                headers: [("Accept", accept)])
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.headers["content-type"] == [isStream ? "text/event-stream" : "application/json"], "\(accept)")
        }
    }

    @Test func mcpChecksAcceptInItsOwnFormat() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let ping = Array(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#.utf8)
        for (accept, status) in [
            ("*/*", 200), ("text/html", 406), ("application/json;q=0, */*", 406), ("application/json, text/event-stream", 200),
        ] {
            let answer = try await client.send(.POST, "/mcp?a=b&a=b", ping, type: "application/json", headers: [("Accept", accept)])
            #expect(answer.status == status && answer.json["jsonrpc"] == "2.0", "\(accept): \(answer.text)")
        }
    }
}
