import JSON
import MCP
import Testing

/// Validates every kind of message that the server sends with the protocol's schema files.
@Suite(.timeLimit(.minutes(10)), .enabled(if: ProtocolSchemas.areHere, ProtocolSchemas.absence)) struct ConformanceTests {
    static let results: [(method: String, params: JSONObject, definition: String)] = [
        ("server/discover", [:], "DiscoverResult"), ("initialize", Harness.handshake, "InitializeResult"), ("ping", [:], "EmptyResult"),
        ("tools/list", [:], "ListToolsResult"), ("tools/call", ["name": "search", "arguments": ["query": "ants"]], "CallToolResult"),
        ("tools/call", ["name": "search", "arguments": [:]], "CallToolResult"),
        ("tools/call", ["name": "fetch", "arguments": ["id": "shared"]], "CallToolResult"),
        ("resources/list", [:], "ListResourcesResult"), ("resources/templates/list", [:], "ListResourceTemplatesResult"),
        ("resources/read", ["uri": "contextd://documents/shared"], "ReadResourceResult"), ("prompts/list", [:], "ListPromptsResult"),
        ("prompts/get", ["name": "answer_with_context", "arguments": ["question": "ants"]], "GetPromptResult"),
        (
            "completion/complete",
            ["ref": ["type": "ref/resource", "uri": "contextd://documents/{id}"], "argument": ["name": "id", "value": "s"]],
            "CompleteResult"
        ),
    ]
    static let legacyOnly: Set = ["initialize", "ping"]

    @Test(arguments: Harness.legacy + [Harness.modern], results.indices)
    func resultsConform(revision: String, index: Int) async throws {
        let (method, params, definition) = Self.results[index]
        let isModern = revision == Harness.modern
        let isServed = method == "server/discover" ? isModern : !isModern || !Self.legacyOnly.contains(method)
        let answer = try await Harness().ask(revision, method, params)
        let validator = try ProtocolSchemas.validator(revision)
        let body = try #require(answer.body)
        guard isServed else {
            #expect(answer.code == -32601)
            return try validator.validate(body, definition: revision < "2025-11-25" ? "JSONRPCError" : "JSONRPCErrorResponse")
        }
        #expect(answer.status == 200)
        try validator.validate(body, definition: revision < "2025-11-25" ? "JSONRPCResponse" : "JSONRPCResultResponse")
        let result = try #require(answer.result)
        try validator.validate(result, definition: definition)
        #expect((result["resultType"] != nil) == isModern)
        #expect((result["_meta"] != nil) == isModern)
        let isCacheable = ["/list", "/read", "/discover"].contains { method.hasSuffix($0) }
        #expect((result["ttlMs"] != nil) == (isModern && isCacheable))
        #expect((result["cacheScope"] != nil) == (isModern && isCacheable))
    }

    static let errors: [(method: String, params: JSONObject)] = [
        ("nothing/known", [:]), ("tools/call", ["name": "nothing"]), ("resources/read", ["uri": "contextd://documents/none"]),
        ("resources/list", ["cursor": "x"]), ("prompts/get", ["name": "answer_with_context"]),
        ("tools/call", ["name": "search", "arguments": ["query": "crash"]]), ("resources/read", ["uri": "contextd://documents/busy"]),
    ]

    @Test(arguments: Harness.legacy + [Harness.modern], errors.indices)
    func errorsConform(revision: String, index: Int) async throws {
        let (method, params) = Self.errors[index]
        let answer = try await Harness().ask(revision, method, params)
        let validator = try ProtocolSchemas.validator(revision)
        try validator.validate(
            try #require(answer.body), definition: revision < "2025-11-25" ? "JSONRPCError" : "JSONRPCErrorResponse")
    }

    @Test func theModernCodesHaveTheirShapes() async throws {
        let harness = Harness()
        let validator = try ProtocolSchemas.validator(Harness.modern)
        let message = Harness.modernMessage("tools/list")
        let headers = Harness.jsonHeaders + [("MCP-Protocol-Version", Harness.modern)]
        let mismatch = try await harness.send(headers, message.serialized())
        try validator.validate(try #require(mismatch.body), definition: "HeaderMismatchError")
        let unsupported = try await LadderTests.unsupportedVersion(harness)
        try validator.validate(try #require(unsupported.body), definition: "UnsupportedProtocolVersionError")
    }

    @Test(arguments: Harness.legacy + [Harness.modern]) func anErrorWithoutIDConforms(revision: String) async throws {
        let headers = Harness.jsonHeaders + [("MCP-Protocol-Version", revision)]
        for body in ["", "{", "7", "[]", "null", "{}", #"{"jsonrpc":"2.0","id":null,"method":"ping"}"#] {
            let answer = try await Harness().send(headers, Array(body.utf8))
            #expect(answer.status == 400, "\(body)")
            #expect(answer.body?["id"] == nil)
            guard revision >= "2025-11-25" else { continue }  // the older schema requires an id, which these errors do not have
            let validator = try ProtocolSchemas.validator(revision)
            try validator.validate(try #require(answer.body), definition: "JSONRPCErrorResponse")
        }
    }
}
