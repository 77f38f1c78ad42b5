import AsyncHTTPClient
import CommandSupport
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

/// Two tenants with the same document ids: each requests everything, and gets its own documents or *not found*.
@Suite(.timeLimit(.minutes(10))) struct CrossTenantTests {
    /// Every route that needs a key, with the test below that covers it. The test that compares the list with the OpenAPI document, which is
    /// made of the registered routes, fails if a route is missing here.
    static let tried: Set<String> = [
        "get /v1/documents", "post /v1/documents", "post /v1/documents/import", "get /v1/documents/{id}", "put /v1/documents/{id}",
        "delete /v1/documents/{id}", "get /v1/documents/{id}/content", "get /v1/documents/{id}/original",
        "get /v1/jobs", "get /v1/jobs/{id}", "get /v1/jobs/{id}/events",
        "delete /v1/jobs/{id}", "post /v1/jobs/{id}/retry",
        "post /v1/search", "post /v1/embeddings", "get /v1/models", "get /v1/models/{id}", "post /v1/chat/completions",
        "get /v1/index/stats",
        "get /v1/usage", "post /mcp", "post /v1/completions", "post /api/mcp/query", "get /api/mcp/stream", "get /api/mcp/ws",
    ]

    struct Pair {
        let server: RunningServer
        let a: TestClient
        let b: TestClient
        let jobOfA: String

        /// Both tenants have `shared`, with different texts; `only-a` and its job belong to A.
        init() async throws {
            server = try await RunningServer.start()
            a = try await server.client(tenant: "a")
            b = try await server.client(tenant: "b")
            for (client, word) in [(a, "aardvark"), (b, "butterfly")] {
                _ = try await client.post(
                    "/v1/documents?wait=true",
                    [
                        "id": "shared", "title": .string("Title \(word)"), "text": .string("The \(word) is secret."),
                        "metadata": ["w": .string(word)],
                    ])
            }
            let made = try await a.post("/v1/documents?wait=true", ["id": "only-a", "text": "Aardvark plans for only-a."])
            jobOfA = try #require(made.json["job_id"]?.stringValue)
        }
    }

    @Test func everyRouteWithAKeyIsTriedHere() async throws {
        let server = try await RunningServer.start()
        let document = try await TestClient(base: server.base, key: nil).get("/openapi.json").json
        // A WebSocket is no operation of OpenAPI.
        var routes: Set<String> = ["get /api/mcp/ws"]
        for (path, methods) in document["paths"]?.objectValue ?? [:] {
            for (method, operation) in methods.objectValue ?? [:] where operation["security"] == nil { routes.insert("\(method) \(path)") }
        }
        #expect(routes == Self.tried)
    }

    /// What earlier requests left in memory (passages, keys, positions) serves its tenant only, and nothing that was replaced or deleted.
    @Test func whatIsKeptInMemoryServesItsTenantAndIsNeverOld() async throws {
        let pair = try await Pair()
        func texts(_ client: TestClient) async throws -> Set<String> {
            let found = try await client.post("/v1/search", ["query": "secret plans", "mode": "lexical"])
            #expect(found.status == 200, "\(found.text)")
            return Set((found.json["results"]?.arrayValue ?? []).compactMap { $0["text"]?.stringValue })
        }
        for _ in 0..<3 {
            #expect(try await texts(pair.a) == ["The aardvark is secret.", "Aardvark plans for only-a."])
            #expect(try await texts(pair.b) == ["The butterfly is secret."])
            #expect(try await pair.b.get("/v1/documents/shared").json["title"] == "Title butterfly")
            #expect(try await pair.b.get("/v1/documents/only-a").status == 404)
        }
        _ = try await pair.a.post("/v1/documents?wait=true", ["id": "shared", "text": "A new secret."])
        #expect(try await texts(pair.a) == ["A new secret.", "Aardvark plans for only-a."])
        #expect(try await pair.a.get("/v1/documents/shared").json["title"] == .null)
        #expect(try await pair.a.send(.DELETE, "/v1/documents/only-a").status == 204)
        #expect(try await texts(pair.a) == ["A new secret."])
        #expect(try await pair.a.get("/v1/documents/only-a").status == 404)
        #expect(try await texts(pair.b) == ["The butterfly is secret."])
    }

    @Test func readsOfTheOtherGiveNotFoundOrOnesOwn() async throws {
        let pair = try await Pair()
        for path in ["/v1/documents/only-a", "/v1/documents/only-a/content", "/v1/jobs/\(pair.jobOfA)", "/v1/jobs/\(pair.jobOfA)/events"] {
            #expect(try await pair.a.get(path).status == 200, "\(path)")
            let refused = try await pair.b.get(path)
            #expect(refused.status == 404 && refused.code == "not_found", "\(path): \(refused.text)")
        }
        #expect(try await pair.b.get("/v1/documents/shared/content").text == "The butterfly is secret.")
        let list = try await pair.b.get("/v1/documents").json["data"]?.arrayValue?.compactMap { $0["id"]?.stringValue }
        #expect(list == ["shared"])
        let cursor = try #require(try await pair.a.get("/v1/documents?limit=1").json["next_cursor"]?.stringValue)
        #expect(try await pair.b.get("/v1/documents?cursor=\(cursor)").text.contains("aardvark") == false)
        #expect(try await pair.b.get("/v1/models").json["data"]?.arrayValue?.count == 2)
        // Models are not documents: `ModelTests.aModelOfOthersIsUnknown` tries those that only one tenant may use.
        #expect(try await pair.b.get("/v1/models/extractive").status == 200)
    }

    @Test func aListOfJobsHasOnesOwn() async throws {
        let pair = try await Pair()
        let ids = try await pair.a.get("/v1/jobs?limit=1000").json["data"]?.arrayValue?.compactMap { $0["id"]?.stringValue }
        #expect(ids?.contains(pair.jobOfA) == true)
        let other = try await pair.b.get("/v1/jobs?limit=1000")
        let others = try #require(other.json["data"]?.arrayValue).compactMap { $0["id"]?.stringValue }
        #expect(Set(others).isDisjoint(with: ids ?? []) && other.json["counts"]?["ready"] == .init(others.count), "\(other.text)")
        let cursor = try #require(try await pair.a.get("/v1/jobs?limit=1").json["next_cursor"]?.stringValue)
        #expect(try await pair.b.get("/v1/jobs?cursor=\(cursor)").text.contains(pair.jobOfA) == false)
    }

    @Test func originalsAreOnesOwn() async throws {
        let pair = try await Pair()
        for (client, id) in [(pair.a, "file-of-a"), (pair.a, "both"), (pair.b, "both")] {
            let text = id == "both" && client.key == pair.b.key ? "butterfly" : "aardvark"
            #expect(try await client.put("/v1/documents/\(id)?wait=true", text, type: "text/plain").status == 200)
        }
        #expect(try await pair.a.get("/v1/documents/file-of-a/original").text == "aardvark")
        let refused = try await pair.b.get("/v1/documents/file-of-a/original")
        #expect(refused.status == 404 && refused.code == "not_found", "\(refused.text)")
        #expect(try await pair.a.get("/v1/documents/both/original").text == "aardvark")
        #expect(try await pair.b.get("/v1/documents/both/original").text == "butterfly")
    }

    @Test func searchesSeeOnesOwnOnly() async throws {
        let pair = try await Pair()
        for mode in ["hybrid", "dense", "lexical"] {
            let answer = try await pair.b.post("/v1/search", ["query": "aardvark plans", "limit": 100, "mode": .string(mode)])
            #expect(answer.status == 200 && !answer.text.contains("ardvark"), "\(mode): \(answer.text)")
            let filtered = try await pair.b.post(
                "/v1/search",
                ["query": "secret", "mode": .string(mode), "filter": ["key": "w", "op": "eq", "value": "aardvark"]])
            #expect(filtered.json["results"] == [], "\(mode)")
        }
        #expect(try await pair.a.found("aardvark", extra: ["mode": "lexical"]).sorted() == ["only-a", "shared"])
    }

    /// Both tenants send the same question, with the same document id in both: each answer has its own tenant's text and citations.
    @Test func answersSeeOnesOwnOnly() async throws {
        let pair = try await Pair()
        for _ in 0..<2 {
            for (client, own, other) in [(pair.a, "aardvark", "butterfly"), (pair.b, "butterfly", "aardvark")] {
                for isStream in [false, true] {
                    let answer = try await client.post(
                        "/v1/chat/completions",
                        ["messages": [["role": "user", "content": "What animal is the secret?"]], "stream": .bool(isStream)])
                    #expect(answer.text.contains("The \(own) is secret.") && !answer.text.lowercased().contains(other), "\(answer.text)")
                }
            }
        }
        let plans: JSONValue = ["messages": [["role": "user", "content": "Aardvark plans for only-a"]]]
        #expect(try await pair.a.post("/v1/chat/completions", plans).text.contains("only-a"))
        #expect(try await pair.b.post("/v1/chat/completions", plans).text.contains("plans") == false)
    }

    /// The same for every other kind of request.
    @Test func everyWayOfAskingSeesOnesOwnOnly() async throws {
        let pair = try await Pair()
        let question = "What animal is the secret?"
        for (client, own, other) in [(pair.a, "aardvark", "butterfly"), (pair.b, "butterfly", "aardvark")] {
            let answers = [
                try await client.post("/v1/completions", ["prompt": .string(question)]),
                try await client.post("/v1/completions", ["prompt": .string(question), "stream": true]),
                try await client.post("/api/mcp/query", ["query": .string(question)]),
                try await client.get("/api/mcp/stream?query=What+animal+is+the+secret"),
            ].map(\.text)
            let told = try await WebSocketProbe.open(pair.server, key: client.key) { probe in
                try await probe.send(["query": .string(question)])
                return try await probe.next()?.text ?? ""
            }
            for answer in answers + [told] {
                #expect(answer.contains("The \(own) is secret.") && !answer.lowercased().contains(other), "\(answer)")
            }
        }
    }

    @Test func statisticsCountOnesOwnOnly() async throws {
        let pair = try await Pair()
        let (a, b) = (try await pair.a.get("/v1/index/stats"), try await pair.b.get("/v1/index/stats"))
        #expect(a.status == 200 && a.json["documents"] == 2 && a.json["mode"] == "exact" && a.json["recall"] == .null)
        #expect(b.json["documents"] == 1 && b.json["chunks"] == 1 && b.json["deleted_rows"] == 0)
        #expect((b.json["bytes"]?["memory"]?.intValue ?? 0) > 0)
        #expect(try await TestClient(base: pair.server.base, key: nil).get("/v1/index/stats").status == 401)
    }

    @Test func usageCountsOnesOwnOnly() async throws {
        let pair = try await Pair()
        for _ in 0..<3 { _ = try await pair.a.post("/v1/chat/completions", ["messages": [["role": "user", "content": "aardvark?"]]]) }
        let ofA = try await pair.a.get("/v1/usage?limit=2").json
        #expect(ofA["total"]?["requests"] == 3 && ofA["data"]?.arrayValue?.count == 2)
        #expect(try await pair.b.get("/v1/usage").json["total"]?["requests"] == 0)
        let cursor = try #require(ofA["next_cursor"]?.stringValue)
        #expect(try await pair.b.get("/v1/usage?cursor=\(cursor)").json["data"] == [])
        let quota = ["tenant", "quota", "a", "--tokens", "0", "--per", "total", "--data-dir", pair.server.folder.path]
        #expect(try await CommandLineTool.run(quota).status == 0)
        let ofB = try await pair.b.post("/v1/chat/completions", ["messages": [["role": "user", "content": "butterfly?"]]])
        #expect(ofB.status == 200, "\(ofB.text)")
        #expect(try await pair.b.get("/v1/usage").json["quota"] == .null)

        // A new tenant with the same name is a different tenant.
        #expect(try await CommandLineTool.run(["tenant", "delete", "a", "--data-dir", pair.server.folder.path]).status == 0)
        let again = try await pair.server.client(tenant: "a")
        let usage = try await again.get("/v1/usage").json
        #expect(usage["total"]?["requests"] == 0 && usage["quota"] == .null && usage["data"] == [], "\(usage)")
    }

    @Test func writesAndDeletesOfTheOtherChangeNothing() async throws {
        let pair = try await Pair()
        #expect(try await pair.b.delete("/v1/documents/only-a").status == 404)
        #expect(try await pair.b.delete("/v1/jobs/\(pair.jobOfA)").status == 404)
        #expect(try await pair.b.send(.POST, "/v1/jobs/\(pair.jobOfA)/retry").status == 404)
        #expect(try await pair.a.send(.POST, "/v1/jobs/\(pair.jobOfA)/retry").code == "not_retryable")
        #expect(try await pair.a.delete("/v1/jobs/\(pair.jobOfA)").code == "finished")
        #expect(try await pair.b.delete("/v1/documents/shared").status == 204)
        _ = try await pair.b.put("/v1/documents/only-a?wait=true", "butterfly version", type: "text/plain")
        _ = try await pair.b.post("/v1/documents?wait=true", ["id": "shared", "text": "butterfly again"])
        let line = Array(#"{"id":"only-a","text":"imported butterfly"}"#.utf8)
        _ = try await pair.b.send(.POST, "/v1/documents/import", line, type: "application/x-ndjson")
        #expect(try await pair.a.get("/v1/documents/only-a/content").text == "Aardvark plans for only-a.")
        #expect(try await pair.a.get("/v1/documents/shared/content").text == "The aardvark is secret.")
        #expect(try await pair.a.found("butterfly", extra: ["mode": "lexical"]).isEmpty)
        #expect(try await pair.b.get("/v1/documents/only-a/content").text == "imported butterfly")
    }

    /// Both tenants use the same key for the same request.
    @Test func idempotencyKeysAreOnesOwn() async throws {
        let pair = try await Pair()
        let headers = [("Idempotency-Key", "the-same")]
        let question: JSONValue = ["messages": [["role": "user", "content": "What animal is the secret?"]]]
        for _ in 0..<2 {
            for (client, own, other) in [(pair.a, "aardvark", "butterfly"), (pair.b, "butterfly", "aardvark")] {
                let answer = try await client.post("/v1/chat/completions", question, headers: headers)
                #expect(answer.text.contains("The \(own) is secret.") && !answer.text.lowercased().contains(other), "\(answer.text)")
            }
        }
        // A new tenant with the same name is a different tenant.
        #expect(try await CommandLineTool.run(["tenant", "delete", "a", "--data-dir", pair.server.folder.path]).status == 0)
        let again = try await pair.server.client(tenant: "a")
        let answer = try await again.post("/v1/chat/completions", question, headers: headers)
        #expect(answer.headers["idempotent-replayed"] == [] && !answer.text.contains("aardvark"), "\(answer.text)")
    }

    /// The entity tags of one tenant are no condition on the documents of the other, and tell nothing of them.
    @Test func conditionsAreOnOnesOwnDocumentsOnly() async throws {
        let pair = try await Pair()
        let tag = try #require(try await pair.a.get("/v1/documents/only-a").headers["ETag"].first)
        let shared = try #require(try await pair.a.get("/v1/documents/shared").headers["ETag"].first)
        for value in [tag, "*"] {
            let headers = [("If-Match", value)]
            #expect(try await pair.b.send(.DELETE, "/v1/documents/only-a", headers: headers).status == 404)
            let put = try await pair.b.send(.PUT, "/v1/documents/only-a", Array("x".utf8), type: "text/plain", headers: headers)
            #expect(put.status == 412 && !put.text.contains(tag.dropFirst().dropLast()), "\(put.text)")
        }
        #expect(try await pair.b.send(.GET, "/v1/documents/only-a", headers: [("If-None-Match", tag)]).status == 404)
        #expect(try await pair.b.send(.DELETE, "/v1/documents/shared", headers: [("If-Match", shared)]).status == 412)
        let read = try await pair.b.send(.GET, "/v1/documents/shared/content", headers: [("If-None-Match", shared)])
        #expect(read.status == 200 && read.text == "The butterfly is secret.")
        let created = try await pair.b.send(
            .PUT, "/v1/documents/only-a?wait=true", Array("butterfly".utf8), type: "text/plain", headers: [("If-None-Match", "*")])
        #expect(created.status == 200, "\(created.text)")
        #expect(try await pair.a.get("/v1/documents/only-a").headers["ETag"] == [tag])
    }

    @Test func mcpSeesOnesOwnOnly() async throws {
        let pair = try await Pair()
        let uri = "contextd://documents/only-a"
        let calls: [(method: String, params: JSONObject, name: String?)] = [
            ("tools/call", ["name": "search", "arguments": ["query": "aardvark plans", "limit": 50]], "search"),
            ("tools/call", ["name": "fetch", "arguments": ["id": "only-a"]], "fetch"),
            ("tools/call", ["name": "fetch", "arguments": ["id": "shared"]], "fetch"), ("resources/list", [:], nil),
            ("resources/read", ["uri": .string(uri)], uri),
            ("prompts/get", ["name": "answer_with_context", "arguments": ["question": "what about plans?"]], "answer_with_context"),
            (
                "completion/complete",
                ["ref": ["type": "ref/resource", "uri": "contextd://documents/{id}"], "argument": ["name": "id", "value": "o"]], nil
            ),
        ]
        for call in calls {
            for answer in [
                try await pair.b.mcp(call.method, call.params, name: call.name), try await pair.b.legacyMCP(call.method, call.params),
            ] {
                // The question may be echoed; A's text must not.
                #expect(!answer.text.contains("ardvark is") && !answer.text.contains("lans for"), "\(call.method): \(answer.text)")
                if call.method == "resources/list" || call.method == "completion/complete" {
                    #expect(!answer.text.contains("only-a"), "\(call.method): \(answer.text)")
                }
            }
            let own = try await pair.a.mcp(call.method, call.params, name: call.name)
            #expect(
                own.status == 200 && own.json["error"] == nil && own.json["result"]?["isError"]?.boolValue != true,
                "\(call.method): \(own.text)")
        }
        #expect(try await pair.b.mcp("resources/read", ["uri": .string(uri)], name: uri).json["error"]?["code"] == -32602)
        #expect(try await pair.b.legacyMCP("resources/read", ["uri": .string(uri)]).json["error"]?["code"] == -32002)
        let fetched = try await pair.b.mcp("tools/call", ["name": "fetch", "arguments": ["id": "only-a"]], name: "fetch")
        #expect(fetched.json["result"]?["isError"] == true)
        let cursors = try await pair.a.mcp("resources/list").json["result"]?["nextCursor"]
        #expect(cursors == nil)
    }

    @Test func embeddingsAreTheSameForBothAndKeepNothing() async throws {
        let pair = try await Pair()
        let body: JSONValue = ["model": "all-MiniLM-L6-v2", "input": "aardvark"]
        let (a, b) = (try await pair.a.post("/v1/embeddings", body), try await pair.b.post("/v1/embeddings", body))
        #expect(a.status == 200 && a.json == b.json)
    }

    @Test func keysOpenWhatTheyAreForAndNothingAfterTheirEnd() async throws {
        let pair = try await Pair()
        let reader = try await pair.server.client(tenant: "a", scopes: "read")
        #expect(try await reader.found("aardvark").isEmpty == false)
        for refused in [
            try await reader.post("/v1/documents", ["text": "x"]), try await reader.put("/v1/documents/x", "x", type: "text/plain"),
            try await reader.delete("/v1/documents/shared"),
            try await reader.send(.POST, "/v1/documents/import", [], type: "application/x-ndjson"),
        ] {
            #expect(refused.status == 403 && refused.code == "forbidden")
        }
        let writer = try await pair.server.client(tenant: "a", scopes: "write")
        #expect(try await writer.post("/v1/search", ["query": "x"]).status == 403)
        #expect(
            try await writer.mcp("tools/call", ["name": "search", "arguments": ["query": "aardvark"]], name: "search").text.contains(
                "is secret") == false)

        let id = try #require(reader.key?.split(separator: "_").dropFirst().first)
        #expect(try await CommandLineTool.run(["key", "revoke", String(id), "--data-dir", pair.server.folder.path]).status == 0)
        #expect(try await reader.post("/v1/search", ["query": "x"]).status == 401)
        for key in [nil, "", "nonsense", "ctx_aaaaaaaaaaaa_" + String(repeating: "a", count: 32)] {
            let answer = try await pair.a.with(key: key).get("/v1/documents")
            #expect(answer.status == 401 && answer.headers.contains(name: "WWW-Authenticate"), "\(key ?? "none")")
        }
        #expect(try await CommandLineTool.run(["tenant", "delete", "b", "--data-dir", pair.server.folder.path]).status == 0)
        #expect(try await pair.b.get("/v1/documents").status == 401)
        let again = try await pair.server.client(tenant: "b")
        #expect(try await again.found("butterfly").isEmpty)
        #expect(try await again.get("/v1/documents").json["data"] == [])
    }

    @Test func anImportEndsWithItsKeyAndNeverReachesANewTenantOfTheName() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "v")
        let id = try #require(client.key?.split(separator: "_").dropFirst().first)
        let (lines, sender) = AsyncStream.makeStream(of: ByteBuffer.self)
        var request = client.request(.POST, "/v1/documents/import", nil, type: "application/x-ndjson")
        request.body = .stream(lines, length: .unknown)
        let batch = { (word: String) in
            ByteBuffer(string: (0..<64).map { "{\"id\":\"\(word)\($0)\",\"text\":\"\(word)\"}\n" }.joined())
        }
        sender.yield(batch("early"))
        let response = try await HTTPClient.shared.execute(request, timeout: .minutes(1))
        var answer = response.body.makeAsyncIterator()
        #expect(try await answer.next().map { String(buffer: $0) } == "{\"processed\":64,\"failed\":0}\n")
        for arguments in [["key", "revoke", String(id)], ["tenant", "delete", "v"]] {
            #expect(try await CommandLineTool.run(arguments + ["--data-dir", server.folder.path]).status == 0)
        }
        let again = try await server.client(tenant: "v")
        sender.yield(batch("late"))
        sender.finish()
        var rest = ""
        while let buffer = try await answer.next() { rest += String(buffer: buffer) }
        #expect(rest.contains("\"done\":false") && rest.contains("\"processed\":64"), "\(rest)")
        #expect(try await again.get("/v1/documents").json["data"] == [])
        #expect(try await again.found("late").isEmpty)
    }
}
