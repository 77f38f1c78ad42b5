import JSON
import MCP
import Testing

/// The revisions with a handshake, without sessions.
@Suite(.timeLimit(.minutes(10))) struct LegacyTests {
    let harness = Harness()

    @Test func initializeAnswersTheOfferOrTheNewest() async throws {
        let offers = [
            ("2025-11-25", "2025-11-25"), ("2025-06-18", "2025-06-18"), ("2025-03-26", "2025-03-26"), ("2024-11-05", "2024-11-05"),
            ("2026-07-28", "2025-11-25"), ("2027-01-01", "2025-11-25"), ("2024-10-07", "2025-11-25"), ("nonsense", "2025-11-25"),
            ("", "2025-11-25"), (" 2025-06-18", "2025-11-25"),
        ]
        for (offer, answer) in offers {
            var params = Harness.handshake
            params["protocolVersion"] = .string(offer)
            let response = try await harness.legacy(nil, "initialize", params)
            #expect(response.status == 200)
            #expect(response.result?["protocolVersion"]?.stringValue == answer)
            #expect(response.header("Mcp-Session-Id") == nil)
            #expect(response.result?["instructions"] == "Search the documents.")
            let completions: JSONObject = answer == "2024-11-05" ? [:] : ["completions": [:]]
            var capabilities: JSONObject = ["tools": [:], "resources": [:], "prompts": [:]]
            for (name, value) in completions { capabilities[name] = value }
            #expect(response.result?["capabilities"] == .object(capabilities), "\(offer)")
            let server = response.result?["serverInfo"]
            #expect(server?["name"] == "contextd")
            #expect((server?["title"] != nil) == (answer >= "2025-06-18"))
            #expect((server?["websiteUrl"] != nil) == (answer >= "2025-11-25"))
        }
    }

    @Test func aMalformedInitializeIsRefused() async throws {
        for key in ["protocolVersion", "capabilities", "clientInfo"] {
            for value: JSONValue? in [.none, 7, .some(.null)] {
                var params = Harness.handshake
                params[key] = value
                let answer = try await harness.legacy(nil, "initialize", params)
                #expect(answer.status == 200)
                #expect(answer.code == -32602)
            }
        }
        #expect(try await harness.legacy(nil, "initialize").code == -32602)
    }

    @Test(arguments: Harness.legacy) func errorsOfWellFormedRequestsAre200(version: String) async throws {
        let cases: [(String, JSONObject, Int)] = [
            ("no/such", [:], -32601), ("server/discover", [:], -32601), ("tasks/list", [:], -32601), ("logging/setLevel", [:], -32601),
            ("tools/call", ["name": "none"], -32602), ("resources/read", ["uri": "contextd://documents/none"], -32002),
            ("resources/read", ["uri": "file:///etc/passwd"], -32002), ("resources/read", [:], -32602),
            ("tools/call", ["name": "search", "arguments": ["query": "crash"]], -32603),
            ("resources/read", ["uri": "contextd://documents/busy"], -32603),
        ]
        for (method, params, code) in cases {
            let answer = try await harness.legacy(version, method, params)
            #expect(answer.status == 200, "\(method)")
            #expect(answer.code == code, "\(method)")
        }
        let notAnObject = try await harness.legacy(version, body: ["jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": [1]])
        #expect(notAnObject.status == 200)
        #expect(notAnObject.code == -32602)
    }

    /// The first revision has all methods that the server has, and no batches.
    @Test func theFirstRevisionIsServed() async throws {
        let calls: [(String, JSONObject)] = [
            ("ping", [:]), ("tools/list", [:]), ("tools/call", ["name": "fetch", "arguments": ["id": "shared"]]), ("resources/list", [:]),
            ("resources/templates/list", [:]), ("resources/read", ["uri": "contextd://documents/shared"]), ("prompts/list", [:]),
            ("prompts/get", ["name": "answer_with_context", "arguments": ["question": "What is shared?"]]),
        ]
        for (method, params) in calls {
            let answer = try await harness.legacy("2024-11-05", method, params)
            #expect(answer.status == 200 && answer.result != nil, "\(method): \(String(describing: answer.body))")
        }
    }

    /// A request without `_meta` whose header names no version of this server gets an error that lists them.
    @Test(arguments: ["2023-01-01", "2027-01-01", "nonsense", "2025-06-18x"])
    func anUnknownVersionHeaderIsNamed(version: String) async throws {
        for method in ["tools/list", "initialize"] {
            let answer = try await harness.legacy(version, method, method == "initialize" ? Harness.handshake : [:])
            #expect(answer.status == 400 && answer.code == -32602, "\(method): \(String(describing: answer.body))")
            let message = answer.error?["message"]?.stringValue ?? ""
            #expect(message.contains(version) && message.contains("2024-11-05") && message.contains("2026-07-28"), "\(message)")
        }
    }

    @Test func oldRevisionsGetNothingNewer() async throws {
        for (version, isNew) in [("2024-11-05", false), ("2025-03-26", false), ("2025-06-18", true), ("2025-11-25", true)] {
            let tools = try #require(try await harness.legacy(version, "tools/list").result?["tools"]?.arrayValue)
            #expect(tools.count == 2)
            for tool in tools {
                #expect((tool["outputSchema"] != nil) == isNew)
                #expect((tool["title"] != nil) == isNew)
                #expect(tool["annotations"]?["readOnlyHint"] == (version == "2024-11-05" ? nil : true))
            }
            let call = try await harness.legacy(version, "tools/call", ["name": "fetch", "arguments": ["id": "shared"]])
            #expect((call.result?["structuredContent"] != nil) == isNew)
            #expect(call.result?["content"]?[0]?["type"] == "text")
            let resource = try #require(try await harness.legacy(version, "resources/list").result?["resources"]?[0])
            #expect((resource["title"] != nil) == isNew)
        }
    }
}

/// Batches, which exist only in 2025-03-26.
@Suite(.timeLimit(.minutes(10))) struct BatchTests {
    let harness = Harness()

    @Test(arguments: [nil, "2025-03-26"]) func answersComeInOrder(version: String?) async throws {
        let batch: JSONValue = [
            Harness.message("ping", id: "a"), Harness.message("notifications/initialized", id: nil), Harness.message("no/such", id: 2),
            7, ["jsonrpc": "2.0", "id": 3, "result": [:]], Harness.message("initialize", Harness.handshake, id: 4),
            Harness.modernMessage("tools/list", id: 5),
            Harness.message("tools/call", ["name": "fetch", "arguments": ["id": "shared"]], id: 6),
        ]
        let answer = try await harness.legacy(version, body: batch)
        #expect(answer.status == 200)
        let answers = try #require(answer.body?.arrayValue)
        #expect(answers.map { $0["id"] } == ["a", 2, nil, 4, 5, 6])
        #expect(answers.map { $0["error"]?["code"]?.intValue } == [nil, -32601, -32600, -32600, -32600, nil])
        #expect(answers[5]["result"]?["structuredContent"] == nil)
    }

    @Test func nothingToAnswerIs202() async throws {
        let answer = try await harness.legacy("2025-03-26", body: [Harness.message("notifications/initialized", id: nil)])
        #expect(answer.status == 202)
        #expect(answer.body == nil)
    }

    @Test func sizeIsBounded() async throws {
        for count in [0, 65] {
            let batch = JSONValue.array(Array(repeating: Harness.message("ping"), count: count))
            let answer = try await harness.legacy("2025-03-26", body: batch)
            #expect(answer.status == 400)
            #expect(answer.code == -32600)
        }
        let full = JSONValue.array(Array(repeating: Harness.message("ping"), count: 64))
        #expect(try await harness.legacy("2025-03-26", body: full).body?.arrayValue?.count == 64)
    }

    /// The first response alone exceeds the limit, so the others are not generated.
    @Test func answersAreBoundedInBytes() async throws {
        var limits = MCPLimits()
        limits.batchAnswerBytes = 10
        let batch = JSONValue.array((0..<3).map { Harness.message("ping", id: .init($0)) })
        let answers = try #require(try await Harness(limits: limits).legacy("2025-03-26", body: batch).body?.arrayValue)
        #expect(answers.map { $0["id"] } == [0, 1, 2])
        #expect(answers.map { $0["error"]?["code"]?.intValue } == [nil, -32603, -32603])
    }

    @Test(arguments: ["2024-11-05", "2025-06-18", "2025-11-25", "2026-07-28", "1900-01-01"])
    func otherRevisionsHaveNone(version: String) async throws {
        let answer = try await harness.legacy(version, body: [Harness.message("ping")])
        #expect(answer.status == 400)
        #expect(answer.code == -32600)
    }
}
