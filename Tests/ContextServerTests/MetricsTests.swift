import Foundation
import JSON
import NIOHTTP1
import ScriptedUpstream
import TestSupport
import Testing

/// `GET /metrics`: its format, the correctness of its values, and that it contains nothing confidential.
@Suite(.timeLimit(.minutes(10))) struct MetricsTests {
    static func read(_ server: RunningServer) async throws -> PrometheusText {
        let answer = try await TestClient(base: server.base, key: nil).get("/metrics")
        #expect(answer.status == 200 && answer.headers["content-type"] == ["text/plain; version=0.0.4; charset=utf-8"])
        return try PrometheusText(answer.text)
    }

    @Test func anIdleServerTellsOfItselfWithoutAKey() async throws {
        let server = try await RunningServer.start(.process)
        let metrics = try await Self.read(server)
        #expect(metrics.samples("contextd_build_info").first?.labels["version"]?.isEmpty == false)
        #expect((metrics.value("process_resident_memory_bytes") ?? 0) > 1e6 && (metrics.value("process_open_fds") ?? 0) > 3)
        let start = metrics.value("process_start_time_seconds") ?? 0
        #expect(abs(Date().timeIntervalSince1970 - start) < 3600, "\(start)")
        #expect((metrics.value("process_cpu_seconds_total") ?? 0) > 0)
        #expect(metrics.value("contextd_index_memory_bytes") == 0 && metrics.value("contextd_http_requests_in_flight") == 0)
        #expect(metrics.value("contextd_ingest_jobs", ["stage": "queued"]) == 0)
        // Every family has a help text and samples; closed label sets are complete from the start.
        #expect(metrics.families.values.allSatisfy { $0.help.contains(" ") && !$0.samples.isEmpty })
        #expect(metrics.value("contextd_index_events_total", ["event": "compacted"]) == 0)
        // The second reading includes the first request.
        let again = try await Self.read(server)
        #expect(again.value("contextd_http_requests_total", ["method": "GET", "route": "/metrics", "status": "2xx"]) == 1)
        #expect(try await TestClient(base: server.base, key: nil).send(.POST, "/metrics").status == 405)
    }

    @Test func theNumbersAreWhatWasDone() async throws {
        let server = try await RunningServer.start(.process)
        let client = try await server.client(tenant: "t")
        let texts = (0..<5).map { "Note \($0): herons stand in the river." }
        for (number, text) in texts.enumerated() {
            let answer = try await client.post("/v1/documents?wait=true", ["id": .string("d\(number)"), "text": .string(text)])
            #expect(answer.status == 200, "\(answer.text)")
        }
        let lines =
            "{\"id\":\"d0\",\"text\":\"\(texts[0])\"}\n{\"id\":\"blank\",\"text\":\" \"}\n{\"id\":\"new\",\"text\":\"A bittern booms.\"}\n"
        let imported = try await client.send(.POST, "/v1/documents/import", Array(lines.utf8), type: "application/x-ndjson")
        #expect(imported.lines.last?["processed"] == 2)
        for mode in ["hybrid", "dense", "dense", "lexical"] {
            #expect(try await client.found("herons", extra: ["mode": .string(mode)]).count > 0)
        }
        #expect(try await client.post("/v1/search", ["query": " "]).status == 400)
        #expect(try await client.get("/v1/documents/none").status == 404)
        #expect(try await client.get("/nowhere/\(UUID())").status == 404)
        #expect(try await TestClient(base: server.base, key: "ctx_no_key").get("/v1/documents").status == 401)

        let metrics = try await Self.read(server)
        func requests(_ method: String, _ route: String, _ status: String) -> Double? {
            metrics.value("contextd_http_requests_total", ["method": method, "route": route, "status": status])
        }
        #expect(requests("POST", "/v1/documents", "2xx") == 5 && requests("POST", "/v1/documents/import", "2xx") == 1)
        #expect(requests("POST", "/v1/search", "2xx") == 4 && requests("POST", "/v1/search", "4xx") == 1)
        #expect(requests("GET", "/v1/documents/{id}", "4xx") == 1 && requests("GET", "/v1/documents", "4xx") == 1)
        #expect(requests("GET", "none", "4xx") == 1)
        func timed(_ status: String) -> Double? {
            metrics.value(
                "contextd_http_request_duration_seconds_count", ["method": "POST", "route": "/v1/search", "status": status])
        }
        #expect(timed("2xx") == 4 && timed("4xx") == 1 && timed("5xx") == nil)
        for (mode, outcome, count) in [("hybrid", "ok", 1.0), ("dense", "ok", 2), ("lexical", "ok", 1), ("hybrid", "refused", 1)] {
            #expect(metrics.value("contextd_searches_total", ["mode": mode, "outcome": outcome]) == count, "\(mode) \(outcome)")
        }
        #expect(metrics.value("contextd_search_duration_seconds_count", ["mode": "dense"]) == 2)
        #expect(metrics.value("contextd_ingest_documents_total", ["outcome": "ready"]) == 7)
        #expect(metrics.value("contextd_ingest_chunks_total", ["outcome": "embedded"]) == 6)
        #expect(metrics.value("contextd_ingest_chunks_total", ["outcome": "reused"]) == 1)
        #expect(metrics.value("contextd_embedding_texts_total", ["purpose": "passage"]) == 6)
        #expect(metrics.value("contextd_embedding_texts_total", ["purpose": "query"]) == 3)
        #expect(metrics.value("contextd_encoder_texts_total", ["source": "model"]) == 7)
        #expect(metrics.value("contextd_encoder_texts_total", ["source": "cache"]) == 2)
        #expect((metrics.value("contextd_embedding_tokens_total", ["purpose": "query"]) ?? 0) >= 9)
        #expect((metrics.value("contextd_encoder_wait_seconds_count") ?? 0) >= 2)
        #expect(metrics.value("contextd_encoder_queue_tokens", ["queue": "urgent"]) == 0)
        #expect(metrics.value("contextd_index_open", ["mode": "exact"]) == 1 && metrics.value("contextd_index_chunks") == 6)
        #expect((metrics.value("contextd_index_memory_bytes") ?? 0) > 1000)
        #expect(metrics.value("contextd_index_events_total", ["event": "created"]) == 1)
        // It contains nothing that belongs to a tenant.
        let text = try await TestClient(base: server.base, key: nil).get("/metrics").text
        for word in ["heron", "bittern", "d0", "nowhere", client.key ?? "ctx_", "tenant_index", "tenant=", "127.0.0.1"] {
            #expect(!text.contains(word), "\(word)")
        }
    }

    @Test(.timeLimit(.minutes(10))) func modelsAreCountedByTheLedger() async throws {
        let wire = ScriptedProtocol.openAI
        try await ScriptedUpstream.serve({ request in
            request.json["temperature"] == 2 ? .failure(500) : wire.answer(["They ", "do."])
        }) { upstream in
            let folder = try TestPaths.scratch("metrics")
            let model: JSONValue = [
                "provider": "openai", "base_url": .string(upstream.base), "attempts": 1, "breaker_failures": 2, "breaker_seconds": 600,
            ]
            try JSONValue.object(["completions": ["models": ["writer": model]], "metrics": ["tenants": false]]).description
                .write(to: folder.appending(path: "contextd.json"), atomically: true, encoding: .utf8)
            let server = try await RunningServer.start(.process, folder: folder)
            let client = try await server.client(tenant: "t")
            func ask(_ extra: JSONObject = [:], headers: [(String, String)] = []) async throws -> Int {
                var body: JSONObject = ["messages": [["role": "user", "content": "Do bees fly?"]]]
                for (name, value) in extra { body[name] = value }
                return try await client.post("/v1/chat/completions", .object(body), headers: headers).status
            }
            #expect(try await ask() == 200)
            #expect(try await ask(["stream": true]) == 200)
            #expect(try await ask(headers: [("Cache-Control", "no-store")]) == 200)
            #expect(try await ask(["temperature": 2]) == 502)
            #expect(try await ask(["temperature": 2]) == 502)
            #expect(try await ask(["temperature": 2]) == 503)
            let metrics = try await Self.read(server)
            func completions(_ outcome: String) -> Double? {
                metrics.value("contextd_completions_total", ["model": "writer", "outcome": outcome])
            }
            #expect(completions("completed") == 2 && completions("cached") == 1 && completions("failed") == 3)
            func tokens(_ kind: String) -> Double? { metrics.value("contextd_completion_tokens_total", ["model": "writer", "kind": kind]) }
            #expect(tokens("prompt") == Double(2 * ScriptedProtocol.promptTokens))
            #expect(tokens("completion") == Double(2 * ScriptedProtocol.completionTokens))
            #expect(metrics.value("contextd_completion_first_token_seconds_count", ["model": "writer"]) == 2)
            #expect(metrics.value("contextd_completions_in_flight") == 0)
            #expect(metrics.value("contextd_model_failures_total", ["model": "writer", "code": "providerUnavailable"]) == 2)
            #expect(metrics.value("contextd_model_circuit_tenants", ["model": "writer"]) == 1)
            #expect(metrics.value("contextd_model_circuit", ["model": "writer", "state": "closed"]) == 1)
            #expect(metrics.value("contextd_model_requests", ["model": "writer", "state": "running"]) == 0)
            // The three failed requests were cache misses too.
            func uses(_ result: String) -> Double { metrics.value("contextd_answer_cache_requests_total", ["result": result]) ?? -1 }
            #expect(uses("hit") + uses("shared") == 1 && uses("miss") == 4 && uses("bypassed") == 1)
            // The answer is stored shortly after its last step.
            while try await Self.read(server).value("contextd_answer_cache_answers") != 1 {}
            let text = try await TestClient(base: server.base, key: nil).get("/metrics").text
            #expect(!text.contains("bees") && !text.contains("127.0.0.1") && !text.contains("\(upstream.port)"))
            withExtendedLifetime(server) {}
        }
    }

    @Test func tenantsAreNamedOnlyWhereTheOperatorAllowsIt() async throws {
        let server = try await RunningServer.start(.process, options: ["--set", "metrics.tenants=true"])
        for (tenant, count) in [("acme", 3), ("globex", 1)] {
            let client = try await server.client(tenant: tenant)
            for number in 0..<count {
                _ = try await client.post(
                    "/v1/documents?wait=true", ["id": .string("d\(number)"), "text": .string("Herons of \(number).")])
            }
            #expect(try await client.found("herons").count == count)
        }
        let metrics = try await Self.read(server)
        for (tenant, count) in [("acme", 3.0), ("globex", 1)] {
            let label = ["tenant": tenant]
            #expect(metrics.value("contextd_tenant_index_chunks", label) == count)
            #expect(metrics.value("contextd_tenant_index_mode", ["tenant": tenant, "mode": "exact"]) == 1)
            #expect(metrics.value("contextd_tenant_index_sequence", label) == count)
            #expect(metrics.value("contextd_tenant_index_recall", label) == nil, "nothing was measured")
            #expect(metrics.value("contextd_tenant_index_recall_sample", label) == nil)
            #expect((metrics.value("contextd_tenant_index_memory_bytes", label) ?? 0) > 0)
        }
        #expect(metrics.value("contextd_tenant_index_unlisted") == 0)
    }

    /// A request lasts until its body has been sent: an import is counted at its end, with its whole time.
    @Test func aStreamIsCountedAtItsEnd() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let labels = ["method": "POST", "route": "/v1/documents/import", "status": "2xx"]
        func count(_ name: String) async throws -> Double? { try await Self.read(server).value(name, labels) }
        let start = ContinuousClock.now
        let progress = try await OpenImport.begin(client)
        #expect(try await count("contextd_http_requests_total") == nil)
        #expect(try await count("contextd_http_request_duration_seconds_count") == nil)
        progress.end()
        while try await count("contextd_http_requests_total") != 1 {}
        #expect(try await count("contextd_http_request_duration_seconds_count") == 1)
        let seconds = try await count("contextd_http_request_duration_seconds_sum") ?? 0
        #expect(seconds > 0 && seconds <= (ContinuousClock.now - start) / .seconds(1))
        #expect(try await count("contextd_http_responses_interrupted_total") == nil)
    }

    @Test func aClientThatLeavesIsCountedAsSuch() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let head = "POST /v1/documents/import HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nAuthorization: Bearer \(client.key ?? "")\r\n"
        try await RawSocket.connect(server.port) { socket in
            try await socket.send(head + "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
            #expect(try await socket.head()?.hasPrefix("HTTP/1.1 200") == true)
        }
        let labels = ["method": "POST", "route": "/v1/documents/import", "status": "2xx"]
        while try await Self.read(server).value("contextd_http_requests_total", labels) != 1 {}
        #expect(try await Self.read(server).value("contextd_http_request_duration_seconds_count", labels) == 1)
        #expect(try await Self.read(server).value("contextd_http_requests_in_flight") == 0)
    }

    /// Requests that no route serves do not multiply the lines, and what never happened has none.
    @Test func theNumberOfLinesIsBounded() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let paths = try await client.get("/openapi.json").json["paths"]?.objectValue?.map(\.key) ?? []
        #expect(paths.count > 15)
        for path in paths {
            let target = path.replacing("{id}", with: "d")
            for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "ODD"] where target != "/mcp" {
                _ = try await client.send(.init(rawValue: method), target)
            }
        }
        let lines = try await client.get("/metrics").text.split(separator: "\n")
        #expect(lines.count < 1000, "\(lines.count)")
        #expect(!lines.contains { $0.contains("_count") && $0.hasSuffix(" 0") }, "an empty histogram")
    }

    @Test func aFullServerTellsHowFullItIs() async throws {
        let server = try await RunningServer.start(.process, options: ["--max-requests", "1", "--stop-timeout", "1"])
        let client = try await server.client(tenant: "a")
        let socket = try await OpenImport.begin(client)
        #expect(try await client.get("/v1/documents").status == 503)
        let metrics = try await Self.read(server)
        #expect(metrics.value("contextd_http_requests_in_flight") == 1 && metrics.value("contextd_http_requests_in_flight_limit") == 1)
        #expect(metrics.value("contextd_http_requests_refused_total", ["reason": "requests"]) == 1)
        _ = await server.stop()
        socket.end()
    }
}
