import AsyncHTTPClient
import CommandSupport
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import ScriptedUpstream
import Synchronization
import TestSupport
import Testing

/// Every request to a model leaves one row, and quotas are enforced, over HTTP.
@Suite(.timeLimit(.minutes(10))) struct UsageTests {
    /// Starts a server with the model `writer` at a provider that follows `script`, and a client of the tenant `t`.
    static func serve(
        on place: RunningServer.Place = .task, caches: Bool = false, _ script: @escaping ScriptedUpstream.Script,
        _ body: @escaping @Sendable (ScriptedUpstream, RunningServer, TestClient) async throws -> Void
    ) async throws {
        try await ScriptedUpstream.serve(script) { upstream in
            let folder = try TestPaths.scratch("usage")
            let writer: JSONValue = [
                "provider": "openai", "model": "upstream-model", "base_url": .string(upstream.base), "first_token_seconds": 20,
                "idle_seconds": 20,
            ]
            let cache: JSONObject = caches ? [:] : ["memory": 0]
            let settings: JSONValue = [
                "completions": ["models": ["writer": writer], "cache": .object(cache)], "usage": ["retention_days": 30],
            ]
            try settings.description.write(to: folder.appending(path: "contextd.json"), atomically: true, encoding: .utf8)
            let server = try await RunningServer.start(place, folder: folder)
            try await body(upstream, server, try await server.client(tenant: "t"))
            withExtendedLifetime(server) {}
        }
    }

    static func chunk(_ text: String?, finish: String? = nil, usage: JSONValue? = nil) -> JSONValue {
        let delta: JSONObject = text.map { ["content": .string($0)] } ?? [:]
        var chunk: JSONObject = [
            "choices": [["index": 0, "delta": .object(delta), "finish_reason": finish.map(JSONValue.string) ?? .null]]
        ]
        chunk["usage"] = usage
        return .object(chunk)
    }

    static func events(_ chunks: [JSONValue], done: Bool = true) -> [UInt8] {
        Array((chunks.map { "data: \($0)\n\n" }.joined() + (done ? "data: [DONE]\n\n" : "")).utf8)
    }

    static func stream(_ chunks: [JSONValue]) -> [ScriptedUpstream.Step] {
        .answer(200, events(chunks), type: "text/event-stream")
    }

    static let usage: JSONValue = [
        "prompt_tokens": 50, "completion_tokens": 6, "total_tokens": 56, "prompt_tokens_details": ["cached_tokens": 32],
    ]

    static func ask(_ extra: JSONObject = [:]) -> JSONValue {
        var body: JSONObject = ["model": "writer", "messages": [["role": "user", "content": "How long is bread baked?"]]]
        for (name, value) in extra { body[name] = value }
        return .object(body)
    }

    static func rows(_ client: TestClient) async throws -> [JSONValue] {
        try #require(try await client.get("/v1/usage?limit=1000").json["data"]?.arrayValue)
    }

    @Test(arguments: RunningServer.Place.allCases) func aRowHasTheProvidersNumbers(on place: RunningServer.Place) async throws {
        try await Self.serve(on: place, { _ in Self.stream([Self.chunk("Forty."), Self.chunk(nil, finish: "stop", usage: Self.usage)]) }) {
            _, server, client in
            _ = try await client.post("/v1/documents?wait=true", ["id": "bread", "text": "A loaf of bread is baked for forty minutes."])
            #expect(try await client.post("/v1/chat/completions", Self.ask()).status == 200)
            #expect(try await client.post("/v1/chat/completions", Self.ask(["stream": true, "retrieval": [:]])).status == 200)
            let own = try await client.post("/v1/chat/completions", Self.ask(["model": "extractive"]))
            let rows = try await Self.rows(client)
            #expect(rows.count == 3 && rows.allSatisfy { $0["outcome"] == "completed" && $0["error"] == .null }, "\(rows)")
            for row in rows.suffix(2) {
                #expect(row["model"] == "writer" && row["prompt_tokens"] == 50 && row["completion_tokens"] == 6, "\(row)")
                #expect(row["cached_tokens"] == 32 && row["estimated"] == false && row["total_tokens"] == 56)
                #expect(client.key?.contains(row["key"]?.stringValue ?? "none") == true)
                let (first, all) = (row["first_token_ms"]?.doubleValue ?? 0, row["duration_ms"]?.doubleValue ?? 0)
                #expect(first > 0 && first <= all)
            }
            #expect(rows[1]["retrieved_tokens"] == 11 && rows[2]["retrieved_tokens"] == 0, "\(rows)")
            #expect(rows[0]["model"] == "extractive" && rows[0]["prompt_tokens"] == own.json["usage"]?["prompt_tokens"])

            let grouped = try await client.get("/v1/usage?group_by=model,outcome").json
            #expect(grouped["data"]?.arrayValue?.map { $0["model"] ?? .null } == ["extractive", "writer"], "\(grouped)")
            #expect(grouped["data"]?[1]?["requests"] == 2 && grouped["data"]?[1]?["prompt_tokens"] == 100)
            #expect(grouped["total"]?["requests"] == 3 && grouped["total"]?["cached_tokens"] == 64 && grouped["quota"] == .null)
            let day = try await client.get("/v1/usage?group_by=day").json["data"]?[0]?["day"]?.stringValue ?? ""
            #expect(try await client.get("/v1/usage?from=\(day)").json["total"]?["requests"] == 3)
            #expect(try await client.get("/v1/usage?from=2020-01-01&to=\(day)T00:00:00Z").json["total"]?["requests"] == 0)
            // Following the cursors, one row per page, reaches the end.
            var path = "/v1/usage?group_by=model&limit=1"
            #expect(try await client.get(path).json["data"]?[0]?["model"] == "extractive")
            path += "&cursor=" + (try await client.get(path).json["next_cursor"]?.stringValue ?? "")
            let last = try await client.get(path).json
            #expect(last["data"]?[0]?["model"] == "writer" && last["next_cursor"] == .null)

            let arguments = ["usage", "--tenant", "t", "--data-dir", server.folder.path]
            let json = try await CommandLineTool.run(arguments + ["--json", "--group-by", ""])
            #expect(try JSONValue(parsing: json.output)["data"]?.arrayValue == rows, "\(json)")
            let printed = try await CommandLineTool.run(arguments)
            #expect(printed.status == 0 && printed.output.contains("\twriter\t2\t100\t12\t"), "\(printed)")
            #expect(printed.output.contains("total: 3 requests"))
        }
    }

    static let wrong: [(query: String, param: String)] = [
        ("from=yesterday", "from"), ("to=2026-13-01", "to"), ("from=2026-11-22&to=2026-11-22", "from"), ("group_by=week", "group_by"),
        ("group_by=day,day", "group_by"), ("group_by=day,", "group_by"), ("limit=0", "limit"), ("limit=1001", "limit"),
        ("cursor=x", "cursor"), ("cursor=WyJ4Il0", "cursor"), ("group_by=day&cursor=WyJ4Il0", "cursor"),
        ("group_by=model&cursor=WzFd", "cursor"), ("cursor=\(String(repeating: "A", count: 9000))", "cursor"),
    ]

    @Test func mistakesAreTold() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "t")
        for (query, param) in Self.wrong {
            let answer = try await client.get("/v1/usage?\(query)")
            #expect(answer.status == 400 && answer.code == "invalid_request" && answer.text.contains(param), "\(query): \(answer.text)")
        }
        #expect(try await client.with(key: nil).get("/v1/usage").status == 401)
        #expect(try await server.client(tenant: "t", scopes: "write").get("/v1/usage").status == 403)
        let usage: [[String]] = [
            ["usage"], ["usage", "--tenant", "t", "--group-by", "week"], ["usage", "--tenant", "t", "--from", "x"],
            ["usage", "--tenant", "t", "--limit", "0"], ["tenant", "quota", "t", "--tokens", "5"],
            ["tenant", "quota", "t", "--per", "day"],
            ["tenant", "quota", "t", "--none", "--tokens", "5", "--per", "day"], ["tenant", "quota", "t", "--tokens=-1", "--per", "day"],
            ["tenant", "quota", "t", "--tokens", "5", "--per", "week"],
        ]
        for arguments in usage {
            let result = try await CommandLineTool.run(arguments + ["--data-dir", server.folder.path])
            #expect(result.status == 2 && result.errors.split(separator: "\n").count == 1, "\(arguments): \(result)")
        }
        for arguments in [["usage", "--tenant", "nobody"], ["tenant", "quota", "nobody"], ["tenant", "quota", "nobody", "--none"]] {
            let result = try await CommandLineTool.run(arguments + ["--data-dir", server.folder.path])
            #expect(result.status == 1 && result.errors.contains("there is no tenant nobody"), "\(arguments): \(result)")
        }
    }

    @Test func failuresLeaveTheirRows() async throws {
        try await Self.serve({ request in
            switch request.json["temperature"]?.intValue {
            case 1: .failure(400)
            case 2: .answer(200, Array("data: {nonsense\n\n".utf8), type: "text/event-stream")
            case 3:
                [.head(length: nil, type: "text/event-stream"), .send(Self.events([Self.chunk("Forty minutes.")], done: false)), .close]
            case 4:
                [
                    .head(length: nil, type: "text/event-stream"),
                    .send(Self.events([Self.chunk("Forty", usage: Self.usage)], done: false)), .close,
                ]
            default: Self.stream([Self.chunk("Forty minutes."), Self.chunk(nil, finish: "stop")])
            }
        }) { _, _, client in
            // Outcome, error, prompt, completion, estimated. The prompt has 24 bytes, the answer 14: estimated as 6 and 4 tokens.
            let expected: [(Int, [JSONValue])] = [
                (1, ["failed", "upstream_rejected", 0, 0, false]), (2, ["failed", "upstream_invalid", 6, 0, true]),
                (3, ["failed", "upstream_interrupted", 6, 4, true]), (4, ["failed", "upstream_interrupted", 50, 6, false]),
                (5, ["completed", .null, 6, 4, true]),
            ]
            for (temperature, fields) in expected {
                for isStream in [false, true] {
                    _ = try await client.post(
                        "/v1/chat/completions", Self.ask(["temperature": .init(temperature), "stream": .bool(isStream)]))
                    let row = try #require(try await Self.rows(client).first)
                    let found = ["outcome", "error", "prompt_tokens", "completion_tokens", "estimated"].map { row[$0] ?? .null }
                    #expect(found == fields, "\(temperature): \(row)")
                }
            }
            let before = try await Self.rows(client).count
            #expect(before == 2 * expected.count)
            // A request that never reached a model leaves no row.
            #expect(try await client.post("/v1/chat/completions", Self.ask(["model": "none"])).status == 404)
            #expect(try await client.post("/v1/chat/completions", ["messages": []]).status == 400)
            #expect(try await Self.rows(client).count == before)
        }
    }

    /// The usage of an answer is counted once, regardless of how many clients read it.
    @Test(.timeLimit(.minutes(10))) func coalescedAndCachedAnswersCostNothing() async throws {
        try await Self.serve(
            caches: true,
            { _ in
                [.wait("all")] + Self.stream([Self.chunk("Forty."), Self.chunk(nil, finish: "stop", usage: Self.usage)])
            }
        ) { upstream, server, client in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<5 { group.addTask { try await client.post("/v1/chat/completions", Self.ask()).status } }
                while try await Self.rows(client).count < 5 {}
                upstream.release("all")
                for try await status in group { #expect(status == 200) }
            }
            #expect(try await client.post("/v1/chat/completions", Self.ask(["stream": true])).status == 200)
            #expect(upstream.requests.count == 1)
            let groups = try await client.get("/v1/usage?group_by=outcome").json
            #expect(groups["data"]?.arrayValue?.map { $0["outcome"] ?? .null } == ["cached", "completed"], "\(groups)")
            #expect(groups["data"]?[0]?["requests"] == 5 && groups["data"]?[0]?["total_tokens"] == 0)
            #expect(groups["data"]?[1]?["requests"] == 1 && groups["data"]?[1]?["total_tokens"] == 56)
            #expect(groups["total"]?["total_tokens"] == 56 && groups["total"]?["estimated_requests"] == 0)
            withExtendedLifetime(server) {}
        }
    }

    /// A client that disconnects is charged once, for what had been streamed by then.
    @Test(.timeLimit(.minutes(10))) func aClientThatGoesAwayLeavesARow() async throws {
        try await Self.serve({ _ in
            [.head(length: nil, type: "text/event-stream"), .send(Self.events([Self.chunk("Forty minutes.")], done: false)), .stall]
        }) { upstream, _, client in
            let asking = Task {
                let http = HTTPClient(eventLoopGroupProvider: .singleton)
                let request = client.request(
                    .POST, "/v1/chat/completions", Self.ask(["stream": true]).serialized(), type: "application/json")
                let response = try? await http.execute(request, timeout: .minutes(1))
                var parts = response?.body.makeAsyncIterator()
                var text = ""
                while !text.contains("Forty"), let part = try? await parts?.next() { text += String(buffer: part) }
                let open = try await Self.rows(client)
                #expect(open.count == 1 && open[0]["outcome"] == "open" && open[0]["estimated"] == true, "\(open)")
                parts = nil
                try await http.shutdown()
            }
            try await asking.value
            await upstream.untilClosed(1)
            var rows = try await Self.rows(client)
            while rows.first?["outcome"] == "open" { rows = try await Self.rows(client) }
            #expect(rows.count == 1 && ["cancelled", "abandoned"].contains(rows[0]["outcome"]?.stringValue), "\(rows)")
            #expect(rows[0]["prompt_tokens"] == 6 && rows[0]["completion_tokens"] == 4 && rows[0]["estimated"] == true, "\(rows)")
        }
    }

    @Test(.timeLimit(.minutes(10))) func aSpentQuotaIs402BeforeAnythingIsSent() async throws {
        try await Self.serve(
            on: .process, { _ in Self.stream([Self.chunk("Forty."), Self.chunk(nil, finish: "stop", usage: Self.usage)]) }
        ) {
            upstream, server, client in
            let quota = ["tenant", "quota", "t", "--data-dir", server.folder.path]
            #expect(try await CommandLineTool.run(quota).output == "no quota\n")
            let set = try await CommandLineTool.run(quota + ["--tokens", "100", "--per", "day", "--json"])
            #expect(try JSONValue(parsing: set.output)["quota"]?["left"] == 100, "\(set)")
            for isStream in [false, true] {
                #expect(try await client.post("/v1/chat/completions", Self.ask(["stream": .bool(isStream)])).status == 200)
            }
            for isStream in [false, true] {
                let refused = try await client.post("/v1/chat/completions", Self.ask(["stream": .bool(isStream)]))
                #expect(refused.status == 402, "\(refused.text)")
                let error = try #require(refused.json["error"])
                #expect(error["code"] == "quota_exceeded" && error["type"] == "insufficient_quota")
                #expect(error["quota"]?["left"] == 0 && error["quota"]?["used"] == 112 && error["quota"]?["limit"] == 100)
                #expect(error["quota"]?["resets_at"]?.stringValue?.hasSuffix("T00:00:00.000Z") == true)
                #expect(error["message"]?.stringValue?.contains("the quota of 100 tokens per day has 0 left") == true, "\(error)")
                let wait = refused.headers.first(name: "Retry-After").flatMap { Int($0) } ?? 0
                #expect((1...86_400).contains(wait))
            }
            #expect(upstream.requests.count == 2)
            let usage = try await client.get("/v1/usage?group_by=outcome").json
            #expect(usage["quota"]?["used"] == 112 && usage["quota"]?["period"] == "day" && usage["quota"]?["reserved"] == 0)
            #expect(usage["data"]?[1]?["outcome"] == "refused" && usage["data"]?[1]?["requests"] == 2, "\(usage)")
            let shown = try await CommandLineTool.run(quota)
            #expect(shown.output.hasPrefix("quota: 100 tokens per day; 112 used, 0 left, resets at "), "\(shown)")

            // A request for more than is left is refused too; the server applies a quota changed by another process within seconds.
            #expect(try await CommandLineTool.run(quota + ["--tokens", "1000", "--per", "month"]).status == 0)
            while try await client.post("/v1/chat/completions", Self.ask()).status == 402 {}
            let long = try await client.post("/v1/chat/completions", Self.ask(["max_tokens": 9_000_000_000_000_000_000]))
            #expect(long.status == 402 && long.json["error"]?["quota"]?["left"] == 832, "\(long.text)")
            #expect(try await CommandLineTool.run(quota + ["--none"]).output == "no quota\n")
            while try await client.post("/v1/chat/completions", Self.ask(["max_tokens": 5000])).status == 402 {}
        }
    }

    @Test(.timeLimit(.minutes(10))) func aKilledServerLosesNoSettledRowAndClosesTheOpenOnes() async throws {
        let seen = Mutex<[JSONValue]>([])
        try await Self.serve(
            on: .process,
            { request in
                request.json["temperature"] == 1
                    ? [.head(length: nil, type: "text/event-stream"), .send(Self.events([Self.chunk("Forty")], done: false)), .stall]
                    : Self.stream([Self.chunk("Forty."), Self.chunk(nil, finish: "stop", usage: Self.usage)])
            }
        ) { upstream, server, client in
            for _ in 0..<20 { _ = try await client.post("/v1/chat/completions", Self.ask()) }
            let stalled = Task { try? await client.post("/v1/chat/completions", Self.ask(["temperature": 1, "max_tokens": 70])) }
            await upstream.untilRequested(21)
            // Every row that a client has seen is stored.
            let shown = try await Self.rows(client)
            #expect(shown.count == 21 && shown[0]["outcome"] == "open")
            await server.crash()
            _ = await stalled.value
            let next = try await RunningServer.start(.process, folder: server.folder)
            let after = try await Self.rows(TestClient(base: next.base, key: client.key))
            #expect(Array(after.dropFirst()) == Array(shown.dropFirst()), "\(after.count)")
            #expect(after[0]["id"] == shown[0]["id"] && after[0]["outcome"] == "interrupted" && after[0]["estimated"] == true)
            #expect(after[0]["prompt_tokens"] == 6 && after[0]["completion_tokens"] == 70, "\(after[0])")
            seen.withLock { $0 = after }
            #expect(await next.stop() == 0)
        }
        #expect(seen.withLock { $0.count } == 21)
    }

    @Test func theCommandLinesQuestionsCountToo() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "t")
        _ = try await client.post("/v1/documents?wait=true", ["id": "bread", "text": "A loaf of bread is baked for forty minutes."])
        #expect(await server.stop() == 0)
        let folder = ["--data-dir", server.folder.path]
        #expect(try await CommandLineTool.run(["ask", "How long is bread baked?", "--tenant", "t"] + folder).status == 0)
        #expect(try await CommandLineTool.run(["tenant", "quota", "t", "--tokens", "1", "--per", "total"] + folder).status == 0)
        let refused = try await CommandLineTool.run(["ask", "How long is bread baked?", "--tenant", "t"] + folder)
        #expect(refused.status == 1 && refused.errors.contains("the quota of 1 tokens in total"), "\(refused)")
        let usage = try await CommandLineTool.run(["usage", "--tenant", "t", "--json", "--group-by", "outcome,key"] + folder)
        let data = try JSONValue(parsing: usage.output)["data"]
        #expect(data?.arrayValue?.map { $0["outcome"] ?? .null } == ["completed", "refused"], "\(usage)")
        #expect(data?[0]?["key"] == "operator0000")
    }
}
