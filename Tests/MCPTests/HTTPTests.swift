import JSON
import MCP
import Testing

/// The decision table of protocol eras, and its edge cases.
@Suite(.timeLimit(.minutes(10))) struct HTTPTests {
    let harness = Harness()

    @Test func headerAbsentOrLegacyWithoutVersionInBodyIsLegacy() async throws {
        for version in [nil] + Harness.legacy {
            #expect(try await harness.legacy(version, "ping").result == [:])
            #expect(try await harness.legacy(version, "initialize", Harness.handshake).result?["protocolVersion"] == "2025-11-25")
            let unknown = try await harness.legacy(version, "no/such")
            #expect(unknown.status == 200)
            #expect(unknown.code == -32601)
        }
    }

    @Test func headerAbsentOrLegacyWithVersionInBodyIsModernAndFails() async throws {
        for version in [nil] + Harness.legacy {
            let answer = try await harness.legacy(version, body: Harness.modernMessage("tools/list"))
            #expect(answer.status == 400)
            #expect(answer.code == -32020)
            guard let version else { continue }
            let equal = try await LadderTests.unsupportedVersion(harness, version)
            #expect(equal.code == -32022)
        }
    }

    @Test func anyOtherHeaderIsModern() async throws {
        for version in ["2026-07-28", "1999-01-01", "", "2025-11-25, 2025-11-25", "2024-10-07"] {
            let answer = try await harness.legacy(version, "tools/list")
            #expect(answer.status == 400, "\(version)")
            #expect(answer.code == -32602, "\(version)")
        }
    }

    @Test func otherMethodsAreNotServed() async throws {
        for method in ["GET", "DELETE", "PUT", "HEAD", "OPTIONS", "post"] {
            for version in [[], [("MCP-Protocol-Version", "2025-11-25")], [("MCP-Protocol-Version", Harness.modern)]] {
                let answer = try await harness.send(Harness.jsonHeaders + version, [], method: method)
                #expect(answer.status == 405)
                #expect(answer.header("Allow") == "POST")
            }
        }
    }

    @Test func theBodyHasToBeJSON() async throws {
        let body = Harness.message("ping").serialized()
        let bad = [
            nil, "text/plain", "application/json-rpc", "multipart/form-data", "application/jsonx", "application/json; charset=utf-16", "",
        ]
        for type in bad {
            let answer = try await harness.send(type.map { [("content-type", $0)] } ?? [], body)
            #expect(answer.status == 415, "\(String(describing: type))")
        }
        for type in ["application/json", "Application/JSON ; charset=UTF-8", "application/json; charset=\"utf-8\"; x=y"] {
            #expect(try await harness.send([("content-type", type)], body).status == 200, "\(type)")
        }
        let two = [("Content-Type", "application/json"), ("Content-Type", "text/plain")]
        #expect(try await harness.send(two, body).status == 415)
    }

    @Test func theClientHasToTakeJSON() async throws {
        let body = Harness.message("ping").serialized()
        for (accept, status) in [
            ("application/json, text/event-stream", 200), ("*/*", 200), ("application/*;q=0.5", 200), ("application/json", 200),
            ("text/event-stream", 406), ("text/html, image/*", 406), ("application/json;q=0", 406), ("application/json; q=0.0, a/b", 406),
        ] {
            let answer = try await harness.send([("Content-Type", "application/json"), ("Accept", accept)], body)
            #expect(answer.status == status, "\(accept)")
        }
    }

    static let noMessages: [(body: String, code: Int, id: JSONValue?)] = [
        ("", -32700, nil), ("{", -32700, nil), ("{\"a\":1,\"a\":2}", -32700, nil), (String(repeating: "[", count: 100_000), -32700, nil),
        ("7", -32600, nil), ("null", -32600, nil), ("\"x\"", -32600, nil), ("{}", -32600, nil), (#"{"id":4}"#, -32600, 4),
        (#"{"jsonrpc":"2.0","id":4}"#, -32600, 4), (#"{"jsonrpc":"1.0","id":"x","method":"ping"}"#, -32600, "x"),
        (#"{"jsonrpc":2.0,"id":"x","method":"ping"}"#, -32600, "x"), (#"{"jsonrpc":"2.0","id":4,"method":1}"#, -32600, 4),
        (#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600, nil), (#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, -32600, nil),
        (#"{"jsonrpc":"2.0","id":[],"method":"ping"}"#, -32600, nil), (#"{"jsonrpc":"2.0","id":true,"method":"ping"}"#, -32600, nil),
        (#"{"jsonrpc":"2.0","id":99999999999999999999,"method":"ping"}"#, -32600, nil),
    ]

    @Test(arguments: [nil] + Harness.legacy + [Harness.modern], noMessages.indices)
    func whatIsNoMessageIsRefused(version: String?, index: Int) async throws {
        let (body, code, id) = Self.noMessages[index]
        let headers = Harness.jsonHeaders + (version.map { [("MCP-Protocol-Version", $0)] } ?? [])
        let answer = try await harness.send(headers, Array(body.utf8))
        #expect(answer.status == 400)
        #expect(answer.code == code)
        #expect(answer.body?["id"] == id)
    }

    /// A valid message whose id is not read, since it is too large: the official client shows the reason only if there is an id.
    @Test func aMessageBeyondTheLimitsGetsTheReasonWithANullID() async throws {
        var limits = MCPLimits()
        limits.json.maximumValues = 3
        let answer = try await Harness(limits: limits).legacy("2025-11-25", "tools/list", ["cursor": .null])
        #expect(answer.status == 400 && answer.code == -32700 && answer.body?["id"] == .null, "\(String(describing: answer.body))")
        #expect(answer.error?["message"]?.stringValue?.hasPrefix("Parse error: ") == true)
    }

    /// A server that stops or has no thread for the parser.
    @Test func aMessageThatCannotBeParsedNowIsRefusedForAMoment() async throws {
        var server = Harness().server
        server.parse = { _ in throw CancellationError() }
        let headers = Harness.jsonHeaders.map { (name: $0.0, value: $0.1) }
        let answer = await server.handleHTTP(
            MCPHTTPRequest(method: "POST", headers: headers, body: Harness.message("ping").serialized()), principal: "ants")
        let body = try JSONValue(parsing: answer.body)
        #expect(answer.status == 503 && answer.headers.contains { $0 == ("Retry-After", "1") } && answer.rpcErrorCode == -32603)
        #expect(body["id"] == .null && body["error"]?["code"] == -32603 && body["error"]?["data"]?["retryAfterSeconds"] == 1, "\(body)")
    }

    @Test func bytesThatAreNotUTF8AreAParseError() async throws {
        let utf16 = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}".utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        for body in [utf16, Array("{\"jsonrpc\":\"2.0\",\"id\":\"".utf8) + [0xFF] + Array("\",\"method\":\"ping\"}".utf8)] {
            #expect(try await harness.send(Harness.jsonHeaders, body).code == -32700)
        }
    }

    @Test func notificationsAndResponses() async throws {
        let cancelled: JSONObject = ["requestId": 1]
        for version in [nil] + Harness.legacy + [Harness.modern] {
            for body in [
                Harness.message("notifications/initialized", id: nil), Harness.message("notifications/cancelled", cancelled, id: nil),
                Harness.message("no/such", id: nil),
            ] {
                let answer = try await harness.legacy(version, body: body)
                #expect(answer.status == 202)
                #expect(answer.body == nil)
            }
            for response: JSONValue in [
                ["jsonrpc": "2.0", "id": 1, "result": [:]], ["jsonrpc": "2.0", "id": 1, "error": ["code": 1, "message": "x"]],
            ] {
                let answer = try await harness.legacy(version, body: response)
                #expect(answer.status == (version == Harness.modern ? 400 : 202))
                #expect(answer.code == (version == Harness.modern ? -32600 : nil))
                #expect(answer.body?["id"] == nil)
            }
        }
    }

    @Test func whatTheServerLearnsForItsMetrics() async throws {
        let headers = Harness.jsonHeaders.map { (name: $0.0, value: $0.1) }
        for (method, known, code) in [("ping", "ping" as String?, nil as Int?), ("no/such", nil, -32601)] {
            let request = MCPHTTPRequest(method: "POST", headers: headers, body: Harness.message(method).serialized())
            let response = await harness.server.handleHTTP(request, principal: "ants")
            #expect(response.rpcMethod == known)
            #expect(response.rpcErrorCode == code)
        }
    }
}
