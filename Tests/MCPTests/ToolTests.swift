import ContextServer
import JSON
import MCP
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct ToolTests {
    let harness = Harness()

    private func tool(_ name: String) async throws -> JSONValue {
        let tools = try await harness.modern("tools/list").result?["tools"]?.arrayValue ?? []
        return try #require(tools.first { $0["name"]?.stringValue == name })
    }

    private func call(_ name: String, _ arguments: JSONValue?, revision: String = Harness.modern) async throws -> Harness.Answer {
        var params: JSONObject = ["name": .string(name)]
        params["arguments"] = arguments
        return try await harness.ask(revision, "tools/call", params)
    }

    @Test func resultsConformToTheirOwnSchemas() async throws {
        for (name, arguments) in [
            ("search", ["query": "ants"] as JSONValue), ("search", ["query": "nothing like it"]),
            ("search", ["query": "ants", "limit": 1]),
            ("fetch", ["id": "shared"]), ("fetch", ["id": "a/b ü?#%"]), ("fetch", ["id": "bare"]),
        ] {
            let answer = try await call(name, arguments)
            let structured = try #require(answer.result?["structuredContent"])
            #expect(answer.result?["isError"] == false)
            try SchemaValidator(root: try #require(try await tool(name)["outputSchema"])).validate(structured)
            let content = try #require(answer.result?["content"]?.arrayValue)
            #expect(content.count == 1)
            let text = try #require(content[0]["text"]?.stringValue)
            #expect(try JSONValue(parsing: text) == structured)
        }
    }

    @Test func aHitCarriesWhatACitationNeeds() async throws {
        let results = try #require(try await call("search", ["query": "odd id"]).result?["structuredContent"]?["results"]?.arrayValue)
        #expect(
            results == [
                [
                    "id": "a/b ü?#%", "title": "Title of a/b ü?#%", "url": "https://example.org/9", "text": "ants odd id",
                    "score": 1.0, "span": ["start": 0, "end": 11], "chunk_id": "c1", "document_id": "a/b ü?#%",
                    "heading_path": ["Top"], "metadata": ["lang": "en"],
                ]
            ])
        let fetched = try await call("fetch", ["id": try #require(results[0]["id"])])
        #expect(fetched.result?["structuredContent"]?["text"] == "ants odd id")
    }

    @Test func aHitNamesItsPageAndADocumentItsPages() async throws {
        let harness = Harness(MemoryBackend(["t": [MemoryBackend.document("paged", "text on a page")]]))
        let hit = try await harness.modern("tools/call", ["name": "search", "arguments": ["query": "page"]], as: "t")
            .result?["structuredContent"]
        #expect(hit?["results"]?[0]?["page"] == 3 && hit?["results"]?[0]?["page_label"] == "iii")
        try SchemaValidator(root: try #require(try await tool("search")["outputSchema"])).validate(try #require(hit))
        let document = try await harness.modern("tools/call", ["name": "fetch", "arguments": ["id": "paged"]], as: "t")
            .result?["structuredContent"]
        #expect(document?["pages"] == 12 && document?["attachments"] == ["a.csv"] && document?["sheets"] == nil)
        try SchemaValidator(root: try #require(try await tool("fetch")["outputSchema"])).validate(try #require(document))
        let read = try await harness.modern("resources/read", ["uri": "contextd://documents/paged"], as: "t").result?["contents"]?[0]
        #expect(read?["_meta"] == ["contextd/parts": ["pages": 12, "attachments": ["a.csv"]]])
    }

    @Test func titleAndURLAreNeverEmpty() async throws {
        let hit = try await call("search", ["query": "bare"]).result?["structuredContent"]?["results"]?[0]
        let document = try await call("fetch", ["id": "bare"]).result?["structuredContent"]
        for found in [hit, document] {
            #expect(found?["title"] == "bare")
            #expect(found?["url"] == "contextd://documents/bare")
        }
    }

    @Test func aScoreIsAlwaysANumber() async throws {
        let harness = Harness(MemoryBackend(["t": [MemoryBackend.document("d", "nan")]]))
        let answer = try await harness.modern("tools/call", ["name": "search", "arguments": ["query": "nan"]], as: "t")
        #expect(answer.result?["structuredContent"]?["results"]?[0]?["score"] == .number(0))
    }

    static let arguments: [(tool: String, arguments: JSONValue, says: String?)] = [
        ("search", ["query": "ants"], nil), ("search", ["query": "ants", "limit": 1], nil),
        ("search", ["query": "ants", "limit": 50], nil),
        ("search", ["query": "ants", "limit": 2.0], nil), ("search", ["query": .string(String(repeating: "é", count: 8_192))], nil),
        ("search", ["query": "ants", "filter": ["key": "lang", "op": "eq", "value": "en"]], nil),
        ("search", ["query": "ants", "filter": ["and": [["key": "lang", "op": "in", "value": ["en"]]]]], nil),
        ("search", [:], "query is required"), ("search", ["query": 7], "query must be a string, got 7"), ("search", ["query": ""], "query"),
        ("search", ["query": .string(String(repeating: "x", count: 16_385))], "query must have at most 16384 bytes"),
        ("search", ["query": "ants", "limit": 0], "limit must be an integer from 1 to 50, got 0"),
        ("search", ["query": "ants", "limit": 51], "limit"),
        ("search", ["query": "ants", "limit": "many"], "got \"many\""), ("search", ["query": "ants", "limit": 1.5], "limit"),
        ("search", ["query": "ants", "limit": 1_000_000_000], "limit"), ("search", ["query": "ants", "limit": true], "limit"),
        ("search", ["query": "ants", "filter": "lang=en"], "filter must be an object, got \"lang=en\""),
        ("search", ["query": "ants", "filter": 7], "filter must be an object"),
        ("search", ["query": "ants", "filter": ["key": "lang", "op": "eq", "value": "en", "x": 1]], "filter.x is not a known field"),
        ("fetch", ["id": "shared"], nil), ("fetch", [:], "id is required"),
        ("fetch", ["id": ""], "id"), ("fetch", ["id": 5], "id must be a string"),
        ("fetch", ["id": .string(String(repeating: "x", count: 513))], "512"),
        // Arguments that clients add are ignored.
        ("search", ["query": "ants", "toolCallId": "call_1"], nil), ("search", ["query": "ants", "sessionId": "s1"], nil),
        (
            "search", ["query": "ants", "sessionId": "s1", "action": "sendMessage", "chatInput": "ants", "toolCallId": "call_1"], nil
        ),
        ("search", ["query": "ants", "context": ["user": ["id": 7]], "tags": ["a"]], nil),
        ("search", ["query": "ants", "limit": 3, "reasoning": "I need ants.", "_thought": .null], nil),
        ("search", ["query": "ants", "top_k": 3], nil), ("search", ["sessionId": "s1"], "query is required"),
        ("fetch", ["id": "shared", "toolCallId": "call_1"], nil), ("fetch", ["id": "shared", "sessionId": "s1", "chatInput": "x"], nil),
    ]

    /// Arguments that the input schema allows are accepted; others give a result that says what to change.
    @Test(arguments: arguments.indices, [Harness.modern, "2025-11-25", "2025-03-26"])
    func argumentsAreJudgedAsTheSchemaDoes(index: Int, revision: String) async throws {
        let (name, arguments, says) = Self.arguments[index]
        let validator = SchemaValidator(root: try #require(try await tool(name)["inputSchema"]))
        #expect(((try? validator.validate(arguments)) != nil) == (says == nil), "the schema")
        let answer = try await call(name, arguments, revision: revision)
        #expect(answer.status == 200)
        #expect(answer.result?["isError"] == .bool(says != nil))
        if let says {
            #expect(answer.result?["structuredContent"] == nil)
            let text = answer.result?["content"]?[0]?["text"]?.stringValue
            #expect(text?.contains(says) == true, "\(String(describing: text))")
        }
    }

    /// Options as models and clients write them, though the schema does not allow it: with the number of results, or the error.
    static let loose: [(fields: JSONObject, found: Int?, says: String)] = [
        ([:], 4, ""), (["limit": "1"], 1, ""), (["limit": " 1 "], 1, ""), (["limit": "1.0"], 1, ""), (["limit": ""], 4, ""),
        (["limit": " "], 4, ""), (["limit": .null], 4, ""), (["limit": [:]], 4, ""), (["limit": "null"], 4, ""),
        (["filter": ""], 4, ""), (["filter": [:]], 4, ""), (["filter": []], 4, ""), (["filter": .null], 4, ""), (["filter": "{}"], 4, ""),
        (["limit": .null, "filter": .null], 4, ""), (["limit": "1", "filter": ""], 1, ""),
        (["filter": #"{"key":"lang","op":"eq","value":"en"}"#], 4, ""), (["filter": #"{"key":"lang","op":"eq","value":"fr"}"#], 0, ""),
        (["limit": "many"], nil, "limit must be an integer from 1 to 50, got \"many\""), (["limit": "5000"], nil, "got 5000"),
        (["limit": "0"], nil, "got 0"), (["limit": "-1"], nil, "got -1"), (["limit": "1.5"], nil, "got 1.5"),
        (["limit": "1 2"], nil, "got \"1 2\""),
        (["limit": "99999999999999999999"], nil, "limit"), (["limit": [1]], nil, "limit"), (["limit": ["a": 1]], nil, "limit"),
        (["filter": "lang = en"], nil, "filter must be an object"), (["filter": "5"], nil, "filter must be an object, got 5"),
        (["filter": #"{"key":"lang"}"#], nil, "filter.op"), (["filter": .string(String(repeating: "[", count: 100_000))], nil, "filter"),
    ]

    @Test(arguments: loose.indices, [Harness.modern, "2025-11-25", "2025-03-26"])
    func optionsAreReadAsTheyAreMeant(index: Int, revision: String) async throws {
        let (fields, found, says) = Self.loose[index]
        var arguments: JSONObject = ["query": "ants"]
        for (name, value) in fields { arguments[name] = value }
        let answer = try await call("search", .object(arguments), revision: revision)
        let text = try #require(answer.result?["content"]?[0]?["text"]?.stringValue)
        #expect(answer.status == 200 && answer.result?["isError"] == .bool(found == nil), "\(fields): \(text)")
        if let found {
            #expect(try JSONValue(parsing: text)["results"]?.arrayValue?.count == found, "\(fields)")
        } else {
            #expect(text.contains(says), "\(fields): \(text)")
        }
    }

    @Test func nullArgumentsAreNone() async throws {
        let answer = try await call("search", .null)
        #expect(answer.result?["isError"] == true)
        #expect(answer.result?["content"]?[0]?["text"] == "search: query is required and must be a string")
    }

    @Test func blankQueriesAndMissingArgumentsAreTheModelsToMend() async throws {
        #expect(try await call("search", ["query": " \n\u{2003}"]).result?["isError"] == true)
        #expect(try await call("search", nil).result?["isError"] == true)
        let filter = try await call("search", ["query": "ants", "filter": ["op": "eq"]])
        #expect(filter.result?["content"]?[0]?["text"]?.stringValue?.hasPrefix("search: filter.key is required") == true)
    }

    @Test func callsThatAreNoneAreErrors() async throws {
        for params: JSONObject in [
            [:], ["name": 1], ["name": "none"], ["name": "Search"], ["name": "search", "arguments": []],
            ["name": "search", "arguments": 1], ["name": "search", "arguments": "query"],
        ] {
            let answer = try await harness.legacy("2025-11-25", "tools/call", params)
            #expect(answer.code == -32602, "\(params)")
        }
    }

    @Test func unknownDocumentsAndOverloadAreResults() async throws {
        for (id, says) in [("none", "\"none\""), ("thrown", "no such document"), ("busy", "retry after 7 s")] {
            let answer = try await call("fetch", ["id": .string(id)])
            #expect(answer.status == 200)
            #expect(answer.result?["isError"] == true)
            #expect(answer.result?["content"]?[0]?["text"]?.stringValue?.contains(says) == true)
        }
        #expect(try await call("search", ["query": "busy"]).result?["isError"] == true)
    }

    @Test func overloadElsewhereSaysWhenToComeBack() async throws {
        let answer = try await harness.modern("resources/read", ["uri": "contextd://documents/busy"])
        #expect(answer.status == 503)
        #expect(answer.header("Retry-After") == "7")
        #expect(answer.error?["data"] == ["retryAfterSeconds": 7])
    }

    @Test func internalErrorsTellTheLogAndNotTheClient() async throws {
        let log = Mutex<[String]>([])
        let server = MCPServer(
            info: MCPServerInfo(name: "n", title: "t", version: "1"), instructions: "", documents: MemoryBackend(),
            onInternalError: { method, error in log.withLock { $0.append("\(method): \(error)") } })
        for (method, params) in [
            ("tools/call", ["name": "search", "arguments": ["query": "crash"]] as JSONObject),
            ("resources/read", ["uri": "contextd://documents/crash"]),
        ] {
            let request = MCPHTTPRequest(
                method: "POST", headers: [("Content-Type", "application/json")], body: Harness.message(method, params).serialized())
            let response = await server.handleHTTP(request, principal: "ants")
            let body = try JSONValue(parsing: response.body)
            #expect(body["error"] == ["code": -32603, "message": "Internal error"])
        }
        let lines = log.withLock { $0 }
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { $0.contains("hunter2") })
    }
}
