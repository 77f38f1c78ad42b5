import Citing
import JSON
import MCP
import TestSupport
import Testing

/// Hostile messages over HTTP and stdio always get a response and never trap.
@Suite struct MCPFuzzTests {
    private static let corpus: [[UInt8]] = {
        let messages: [JSONValue] = [
            Harness.modernMessage("tools/call", ["name": "search", "arguments": ["query": "ants", "limit": 3]]),
            Harness.modernMessage("resources/read", ["uri": "contextd://documents/a%2Fb%20%C3%BC%3F%23%25"]),
            Harness.modernMessage("resources/list", ["cursor": .string(PageCursor(after: "only-ants").encoded)]),
            Harness.modernMessage("prompts/get", ["name": "answer_with_context", "arguments": ["question": "why"]]),
            Harness.modernMessage("server/discover"),
            Harness.message("initialize", ["protocolVersion": "2025-11-25", "capabilities": [:]]),
            Harness.message("tools/call", ["name": "fetch", "arguments": ["id": "shared"]], id: "é"),
            Harness.message(
                "completion/complete",
                ["ref": ["type": "ref/resource", "uri": "contextd://documents/{id}"], "argument": ["name": "id", "value": "o"]]),
            [
                Harness.message("ping"), Harness.message("tools/list", id: 2),
                Harness.message("notifications/cancelled", ["requestId": 1], id: nil),
            ],
            ["jsonrpc": "2.0", "id": 1, "result": [:]],
        ]
        return messages.map { $0.serialized() }
    }()

    private static let tokens = [
        "{", "}", "[", "]", ",", ":", "\"", "\"jsonrpc\":\"2.0\"", "\"id\":null", "\"id\":1.5", "\"method\":\"ping\"", "\"params\":[]",
        "\"_meta\":{}", "io.modelcontextprotocol/protocolVersion", "2026-07-28", "%", "%EF%BB%BF", "e\u{301}", "\u{E9}", "\\ud800", "null",
        "\"filter\":{\"key\":\"a\",\"op\":\"eq\",\"value\":1}",
    ]

    @Test func everyMessageOverHTTPIsAnswered() async throws {
        let fuzzing = Fuzzing("mcp-http")
        let harness = Harness()
        let versions: [String?] = [nil, "2026-07-28", "2025-11-25", "2025-03-26", "1999-01-01"]
        try await fuzzing.run(corpus: Self.corpus, tokens: Self.tokens) { input, number in
            var headers = Harness.jsonHeaders
            if let version = versions[number % versions.count] { headers.append(("MCP-Protocol-Version", version)) }
            let value = try? JSONValue(parsing: input)
            for (header, text) in [("Mcp-Method", value?["method"]), ("Mcp-Name", value?["params"]?["name"] ?? value?["params"]?["uri"])] {
                if let text = text?.stringValue { headers.append((header, Harness.headerForm(text))) }
            }
            let request = MCPHTTPRequest(method: "POST", headers: headers.map { (name: $0.0, value: $0.1) }, body: input)
            let answer = await harness.server.handleHTTP(request, principal: "ants")
            if ![200, 202, 400, 404, 503].contains(answer.status) || (!answer.body.isEmpty && (try? JSONValue(parsing: answer.body)) == nil)
            {
                Issue.record("\(fuzzing.note(number)): \(answer.status)")
            }
            if String(decoding: answer.body, as: UTF8.self).contains("bees") {
                Issue.record("\(fuzzing.note(number)): another tenant's text")
            }
        }
    }

    /// Lines in sessions of 32.
    @Test func everyLineOnStdioIsAnsweredOrPassedOver() async throws {
        let fuzzing = Fuzzing("mcp-stdio")
        let harness = Harness()
        var lines: [[UInt8]] = []
        try await fuzzing.run(corpus: Self.corpus, tokens: Self.tokens) { input, number in
            lines += input.split(separator: UInt8(ascii: "\n")).map { Array($0) }
            guard number % 32 == 31 || number == fuzzing.count - 1 else { return }
            let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self)
            for line in lines { continuation.yield(line) }
            continuation.finish()
            lines = []
            try await MCPStdioSession(server: harness.server, principal: "ants").run(lines: stream) { line in
                if line.last != UInt8(ascii: "\n") || (try? JSONValue(parsing: line)) == nil { Issue.record("\(fuzzing.note(number))") }
            }
        }
    }

    /// Encoded identifiers: decoding returns exactly the bytes that were encoded.
    @Test func encodedIdentifiersComeBackOrAreRefused() throws {
        let fuzzing = Fuzzing("mcp-identifiers")
        let corpus = ["contextd://documents/a%2Fb", "CONTEXTD://documents/é", PageCursor(after: "é").encoded, "%EF%BB%BFbom"].map {
            Array($0.utf8)
        }
        try fuzzing.run(corpus: corpus, tokens: ["%", "%2F", "%EF%BB%BF", "/", "?", "=", "-", "_", "e\u{301}"], maximumBytes: 256) {
            input, number in
            let text = String(decoding: input, as: UTF8.self)
            if let id = DocumentURI.id(in: text), DocumentURI.id(in: DocumentURI.uri(of: id)).map({ Array($0.utf8) }) != Array(id.utf8) {
                Issue.record("\(fuzzing.note(number)): \(id)")
            }
            if let cursor = PageCursor(text, positionBytes: 576), Array(cursor.encoded.utf8) != Array(text.utf8) {
                Issue.record("\(fuzzing.note(number))")
            }
        }
    }

    /// Two megabytes of combining marks wherever a value is compared or quoted: milliseconds in linear time, minutes with `String`'s own
    /// comparison.
    @Test(
        .timeLimit(.minutes(10)), arguments: ["method", "jsonrpc", "id", "name", "uri", "cursor", "query", "filter", "version", "argument"])
    func longRunsOfMarksAreAnsweredAtOnce(place: String) async throws {
        let text = JSONValue.string("a" + String(repeating: "\u{301}\u{323}", count: 500_000))
        var (method, params): (JSONValue, JSONObject) = ("tools/call", ["name": "search", "arguments": ["query": "ants"]])
        switch place {
        case "method": method = text
        case "name": params["name"] = text
        case "uri": (method, params) = ("resources/read", ["uri": text])
        case "cursor": (method, params) = ("resources/list", ["cursor": text])
        case "query": params["arguments"] = ["query": text]
        case "filter": params["arguments"] = ["query": "ants", "filter": ["key": "a", "op": text, "value": text]]
        case "version":
            params["_meta"] = ["io.modelcontextprotocol/protocolVersion": text, "io.modelcontextprotocol/clientCapabilities": [:]]
        case "argument":
            (method, params) = (
                "completion/complete", ["ref": ["type": "ref/prompt", "name": text], "argument": ["name": text, "value": text]]
            )
        default: break
        }
        let message: JSONValue = [
            "jsonrpc": place == "jsonrpc" ? text : "2.0", "id": place == "id" ? text : 1, "method": method, "params": .object(params),
        ]
        let answer = try await Harness().legacy("2025-11-25", body: message)
        #expect((200..<500).contains(answer.status))
    }

    struct Shape: Sendable, CustomStringConvertible {
        let description: String
        let opening: String
        let piece: String
        let closing: String

        init(_ description: String, _ opening: String, _ piece: String, _ closing: String) {
            (self.description, self.opening, self.piece, self.closing) = (description, opening, piece, closing)
        }
    }

    private static let head = #"{"jsonrpc":"2.0","id":1,"#
    private static let call = #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"#
    private static let complete =
        #"{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"type":"ref/resource","uri":"contextd://documents/{id}"},"#

    static let shapes: [Shape] = [
        Shape("a batch", "[", #"{"jsonrpc":"2.0","id":1,"method":"ping"},"#, "0]"),
        Shape("equal ids in a batch", "[", #"{"jsonrpc":"2.0","id":"\u00e9","method":"tools/list"},"#, "0]"),
        Shape("a method", #"\#(head)"method":""#, "a/", #""}"#),
        Shape("an id", #"{"jsonrpc":"2.0","method":"ping","id":""#, "e\u{301}", #""}"#),
        Shape("a query", #"\#(call)"search","arguments":{"query":""#, "ant ", #""}}}"#),
        Shape(
            "a filter", #"\#(call)"search","arguments":{"query":"ants","filter":{"and":["#, #"{"key":"a","op":"eq","value":1},"#, "0]}}}}"),
        Shape("an identifier", #"\#(call)"fetch","arguments":{"id":""#, "%2F", #""}}}"#),
        Shape("identifiers", #"\#(call)"fetch","arguments":{"id":["#, #""shared","#, "0]}}}"),
        Shape("a URI", #"\#(head)"method":"resources/read","params":{"uri":"contextd://documents/"#, "%20", #""}}"#),
        Shape("a cursor", #"\#(head)"method":"resources/list","params":{"cursor":""#, "YWJj", #""}}"#),
        Shape("a completion", #"\#(complete)"argument":{"name":"id","value":""#, "o", #""}}}"#),
        Shape(
            "a question", #"\#(head)"method":"prompts/get","params":{"name":"answer_with_context","arguments":{"question":""#, "why ",
            #""}}}"#),
    ]

    /// The cost of messages of one shape is proportional to their length, whatever the outcome.
    @Test(arguments: shapes) func timeIsLinear(shape: Shape) async {
        let harness = Harness()
        let headers = (Harness.jsonHeaders + [("MCP-Protocol-Version", "2025-03-26")]).map { (name: $0.0, value: $0.1) }
        let ratio = await Growth.ofEightfold(
            making: { Array((shape.opening + String(repeating: shape.piece, count: $0) + shape.closing).utf8) },
            awaiting: { bytes in
                _ = await harness.server.handleHTTP(MCPHTTPRequest(method: "POST", headers: headers, body: bytes), principal: "ants")
            })
        #expect(ratio < 24)
    }
}
