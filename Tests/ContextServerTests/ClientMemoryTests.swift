import AsyncHTTPClient
import CommandSupport
import JSON
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

/// The memory that a server holds for its clients: bounded, divided among tenants, and released.
@Suite(.timeLimit(.minutes(10))) struct ClientMemoryTests {
    private static let held = "contextd_http_body_bytes"

    private static func server(_ settings: [String], options: [String] = []) async throws -> RunningServer {
        try await RunningServer.start(.process, options: options + settings.flatMap { ["--set", $0] })
    }

    /// Waits until a metric reaches an accepted value.
    private static func wait(_ server: RunningServer, _ metric: String, until isReached: (Double) -> Bool) async throws {
        while true {
            if let value = try await MetricsTests.read(server).value(metric), isReached(value) { return }
        }
    }

    private static func head(_ client: TestClient, _ line: String, _ fields: [String]) -> String {
        ([line + " HTTP/1.1", "Host: \(client.base.dropFirst("http://".count))", "Authorization: Bearer \(client.key ?? "")"] + fields)
            .joined(separator: "\r\n") + "\r\n\r\n"
    }

    /// One announced body of 1 MiB that never arrives uses up its tenant's whole share of the memory.
    @Test func aFullShareRefusesItsTenantAndNobodyElse() async throws {
        let server = try await Self.server(["server.memory=8MiB", "server.tenant_memory_share=0.25", "server.memory_wait_seconds=0"])
        let (greedy, other) = (try await server.client(tenant: "greedy"), try await server.client(tenant: "other"))
        let text = String(repeating: "sea ", count: 100_000)
        try await RawSocket.connect(server.port) { socket in
            try await socket.send(Self.head(greedy, "PUT /v1/documents/a", ["Content-Type: text/plain", "Content-Length: 1048576"]))
            try await Self.wait(server, Self.held) { $0 >= 2_097_152 }
            let refused = try await greedy.put("/v1/documents/b", text, type: "text/plain")
            #expect(refused.status == 503 && refused.code == "overloaded" && refused.headers["retry-after"] == ["1"], "\(refused.text)")
            #expect(try await other.put("/v1/documents/b", text, type: "text/plain").status == 202)
            #expect(try await greedy.get("/v1/documents/b").status == 404, "nothing may be partially written")
        }
        try await Self.wait(server, Self.held) { $0 == 0 }
        #expect(try await greedy.put("/v1/documents/b", text, type: "text/plain").status == 202)
        let metrics = try await MetricsTests.read(server)
        #expect(metrics.value("contextd_http_requests_refused_total", ["reason": "bodies"]) == 1)
        #expect(metrics.value("contextd_http_body_bytes_limit") == 8_388_608)
    }

    @Test func whatNeverFitsIsTooLarge() async throws {
        let server = try await Self.server(["server.memory=4MiB", "server.tenant_memory_share=0.25"])
        let client = try await server.client(tenant: "a")
        let refused = try #require(try await client.refusal(.PUT, "/v1/documents/b", bytes: 1 << 20, type: "text/plain"))
        #expect(
            refused.hasPrefix("HTTP/1.1 413 ") && refused.contains(#""code":"too_large""#) && refused.contains("server.memory"),
            "\(refused)")
        // A small body that is large once parsed does not fit either.
        let dense = "{\"query\":[" + String(repeating: "0,", count: 60_000) + "0]}"
        let answer = try await client.send(.POST, "/v1/search", Array(dense.utf8), type: "application/json")
        #expect(answer.status == 413, "\(answer.text)")
    }

    /// Three of these lines would exceed the tenant's share: they wait for each other instead of failing.
    @Test func importsWaitForEachOther() async throws {
        let server = try await Self.server(
            ["server.memory=32MiB", "server.tenant_memory_share=0.5"], options: ["--max-document-bytes", "4194304"])
        let client = try await server.client(tenant: "a")
        let blank = String(repeating: " ", count: 2 << 20)
        let line = JSONValue.object(["id": "long", "text": .string("the sea" + blank + "is deep")]).serialized() + [0x0A]
        func importLine() async throws -> TestClient.Answer {
            try await client.send(.POST, "/v1/documents/import", line, type: "application/x-ndjson")
        }
        try await RawSocket.connect(server.port) { socket in
            let fields = ["Content-Type: application/x-ndjson", "Content-Length: 4000000"]
            try await socket.send(Self.head(client, "POST /v1/documents/import", fields) + String(repeating: "a", count: 1_200_000))
            try await Self.wait(server, Self.held) { $0 >= 12_582_912 }
            async let second = importLine()
            async let third = importLine()
            try await Self.wait(server, "contextd_http_memory_waiting") { $0 == 2 }
            try await socket.channel.close()
            for answer in [try await second, try await third] {
                #expect(answer.lines.last?["done"] == true && answer.lines.last?["processed"] == 1, "\(answer.text)")
            }
        }
        try await Self.wait(server, Self.held) { $0 == 0 }
    }

    @Test func aResponseThatNobodyReadsIsCutOff() async throws {
        let server = try await Self.server(["server.unread_timeout_seconds=1"])
        let client = try await server.client(tenant: "a")
        let text = "the sea" + String(repeating: " ", count: 30 << 20) + "is deep"
        #expect(try await client.put("/v1/documents/long?wait=true", text, type: "text/plain").status == 200)
        let whole = try await client.get("/v1/documents/long/content")
        #expect(whole.status == 200 && whole.body == Array(text.utf8) && whole.headers["content-length"] == ["\(text.utf8.count)"])
        try await RawSocket.connect(server.port, receiveBuffer: 1 << 16) { socket in
            try await socket.send(Self.head(client, "GET /v1/documents/long/content", []))
            try await Self.wait(server, Self.held) { $0 >= Double(text.utf8.count) }
            try await Self.wait(server, "contextd_http_unread_closed_total") { $0 == 1 }
        }
        try await Self.wait(server, Self.held) { $0 == 0 }
        try await Self.wait(server, "contextd_http_requests_in_flight") { $0 == 0 }
    }

    @Test func everyRouteGivesItsMemoryBack() async throws {
        let server = try await Self.server([])
        let client = try await server.client(tenant: "a")
        let metadata: JSONValue = ["note": .string(String(repeating: "m", count: 50_000))]
        for number in 0..<4 {
            let document: JSONValue = ["id": .string("d\(number)"), "text": "the sea is deep", "metadata": metadata]
            #expect(try await client.post("/v1/documents?wait=true", document).status == 200)
        }
        let search: JSONValue = ["query": "the sea", "limit": 4]
        let query: JSONValue = ["query": "how deep is the sea"]
        let chat: JSONValue = ["model": "extractive", "messages": [["role": "user", "content": "how deep is the sea"]], "stream": true]
        let inputs = JSONValue.array((0..<40).map { .string("text \($0)") })
        let calls: [(status: Int, call: () async throws -> TestClient.Answer)] = [
            (200, { try await client.get("/v1/documents?limit=100") }), (200, { try await client.get("/v1/documents/d1") }),
            (200, { try await client.put("/v1/documents/file?wait=true", "the sea", type: "text/plain") }),
            (200, { try await client.get("/v1/documents/file/original") }),
            (404, { try await client.get("/v1/documents/d1/original") }),
            (200, { try await client.get("/v1/documents/d1/content") }), (200, { try await client.get("/v1/jobs?limit=1000") }),
            (200, { try await client.post("/v1/search", search) }),
            (200, { try await client.post("/v1/embeddings", ["model": "all-MiniLM-L6-v2", "input": inputs]) }),
            (200, { try await client.post("/v1/chat/completions", chat) }), (200, { try await client.post("/api/mcp/query", query) }),
            (200, { try await client.mcp("tools/call", ["name": "fetch", "arguments": ["id": "d1"]], name: "fetch") }),
            (200, { try await client.mcp("resources/list") }), (200, { try await client.get("/v1/usage") }),
            (400, { try await client.post("/v1/search", [:]) }),
            (404, { try await client.get("/v1/documents/none/content") }),
            (401, { try await client.with(key: nil).post("/v1/search", search) }),
            (200, { try await client.send(.POST, "/v1/documents/import", Array("{\"text\":\"one\"}\n".utf8)) }),
        ]
        for (number, (status, call)) in calls.enumerated() {
            #expect(try await call().status == status, "call \(number)")
            try await Self.wait(server, Self.held) { $0 == 0 }
        }
        let refused = try await client.refusal(.POST, "/v1/search", bytes: 5 << 20, type: "application/json")
        #expect(refused?.hasPrefix("HTTP/1.1 413 ") == true, "\(refused ?? "nothing")")
        try await Self.wait(server, Self.held) { $0 == 0 }
    }

    @Test func aListWithLargeMetadataComesInShorterPages() async throws {
        let server = try await Self.server([])
        let client = try await server.client(tenant: "a")
        let metadata: JSONValue = ["note": .string(String(repeating: "m", count: 60_000))]
        let lines = (0..<150).map { number -> JSONValue in
            ["id": .string("d\(1000 + number)"), "text": .string("note \(number)"), "metadata": metadata]
        }
        let body = Array(lines.map(\.description).joined(separator: "\n").utf8)
        #expect(try await client.send(.POST, "/v1/documents/import", body).lines.last?["processed"] == 150)
        var (ids, cursor, pages) = ([String](), String?.none, 0)
        repeat {
            let answer = try await client.get("/v1/documents?limit=1000" + (cursor.map { "&cursor=\($0)" } ?? ""))
            #expect(answer.status == 200 && answer.body.count < 5 << 20)
            ids += answer.json["data"]?.arrayValue?.compactMap { $0["id"]?.stringValue } ?? []
            cursor = answer.json["next_cursor"]?.stringValue
            pages += 1
        } while cursor != nil
        #expect(ids == (0..<150).map { "d\(1000 + $0)" } && pages == 3)
    }

    /// Four messages count as four requests; of four slots, one is in use.
    @Test func aBatchCountsAsManyRequestsAsItHolds() async throws {
        let server = try await RunningServer.start(.process, options: ["--max-requests", "6", "--stop-timeout", "1"])
        let client = try await server.client(tenant: "a")
        func batch(_ count: Int) async throws -> TestClient.Answer {
            let messages = (0..<count).map { id -> JSONValue in ["jsonrpc": "2.0", "id": .init(id), "method": "ping"] }
            return try await client.send(
                .POST, "/mcp", JSONValue.array(messages).serialized(), type: "application/json",
                headers: [("MCP-Protocol-Version", "2025-03-26"), ("Accept", "application/json, text/event-stream")])
        }
        #expect(try await batch(5).status == 400, "a tenant has at most four slots")
        #expect(try await batch(4).json.arrayValue?.count == 4)
        let open = try await OpenImport.begin(client)
        let refused = try await batch(4)
        #expect(refused.status == 503 && refused.headers["retry-after"] == ["1"], "\(refused.text)")
        #expect(try await batch(3).json.arrayValue?.count == 3)
        _ = await server.stop()
        open.end()
    }

    /// The HTTP decoder would buffer everything after such a request.
    @Test func aRequestForAnotherProtocolIsTheLastOfItsConnection() async throws {
        let server = try await Self.server([])
        let client = try await server.client(tenant: "a")
        for path in ["/health/live", "/v1/documents", "/api/mcp/ws"] {
            try await RawSocket.connect(server.port) { socket in
                try await socket.send(Self.head(client, "GET \(path)", ["Upgrade: h2c", "Connection: Upgrade"]))
                #expect(try await socket.head()?.lowercased().contains("connection: close") == true, "\(path)")
                #expect(try await socket.isClosed(), "\(path)")
            }
        }
    }

    @Test func settingsAreChecked() async throws {
        for setting in ["server.memory=1", "server.tenant_memory_share=0", "server.batch_messages=0", "server.unread_timeout_seconds=0"] {
            let result = try await CommandLineTool.run(["serve", "--set", setting])
            #expect(result.status == 2 && result.errors.contains(setting.prefix { $0 != "=" }), "\(result.errors)")
        }
    }
}
