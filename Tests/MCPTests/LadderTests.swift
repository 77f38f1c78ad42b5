import Foundation
import JSON
import MCP
import Testing

/// The order of the checks of a modern request: each rung, and that the lowest failing one determines the error.
@Suite(.timeLimit(.minutes(10))) struct LadderTests {
    static let version = "io.modelcontextprotocol/protocolVersion"
    static let capabilities = "io.modelcontextprotocol/clientCapabilities"
    static let sound: JSONObject = [version: .string(Harness.modern), capabilities: [:]]
    let harness = Harness()

    private func post(
        _ method: String = "tools/list", params: JSONValue?, headers: [(String, String)], id: JSONValue = "abc"
    ) async throws -> Harness.Answer {
        var message: JSONObject = ["jsonrpc": "2.0", "id": id, "method": .string(method)]
        message["params"] = params
        return try await harness.send(Harness.jsonHeaders + headers, JSONValue.object(message).serialized())
    }

    private func headers(_ version: String? = Harness.modern, _ method: String? = "tools/list", _ name: String? = nil) -> [(String, String)]
    {
        [("MCP-Protocol-Version", version), ("Mcp-Method", method), ("Mcp-Name", name)].compactMap { header, value in
            value.map { (header, $0) }
        }
    }

    static func unsupportedVersion(_ harness: Harness, _ version: String = "1900-01-01") async throws -> Harness.Answer {
        let message: JSONValue = [
            "jsonrpc": "2.0", "id": "abc", "method": "tools/list",
            "params": ["_meta": [Self.version: .string(version), capabilities: [:]]],
        ]
        let headers = [("MCP-Protocol-Version", version), ("Mcp-Method", "tools/list")]
        return try await harness.send(Harness.jsonHeaders + headers, message.serialized())
    }

    private func expect(_ answer: Harness.Answer, _ status: Int, _ code: Int?, _ note: String = "", _ id: JSONValue = "abc") {
        #expect(answer.status == status, "\(note): \(String(describing: answer.body))")
        #expect(answer.code == code, "\(note): \(String(describing: answer.body))")
        #expect(answer.body?["id"] == id, "\(note)")
    }

    @Test func aSoundRequestPasses() async throws {
        for id: JSONValue in ["abc", 7, "", 9_007_199_254_740_993, -1, "7"] {
            let answer = try await post(params: ["_meta": .object(Self.sound)], headers: headers(), id: id)
            expect(answer, 200, nil, "\(id)", id)
        }
    }

    @Test func rung1TheEnvelopeIsThere() async throws {
        let broken: [JSONValue?] = [
            .null, [:], [1], "x", ["_meta": .null], ["_meta": []], ["_meta": [:]], ["_meta": [Self.version: .string(Harness.modern)]],
            ["_meta": [Self.capabilities: [:]]], ["_meta": [Self.version: 1, Self.capabilities: [:]]],
            ["_meta": [Self.version: .string(Harness.modern), Self.capabilities: true]],
        ]
        for params in broken {
            expect(try await post(params: params, headers: headers()), 400, -32602, "\(String(describing: params))")
            // Checked before rung 2 (headers), 3 (version) and 5 (method).
            expect(try await post("no/such", params: params, headers: headers("2099-01-01", "other")), 400, -32602)
        }
    }

    @Test func rung2TheHeadersAgree() async throws {
        let params: JSONValue = ["_meta": .object(Self.sound)]
        let wrong: [[(String, String)]] = [
            headers(nil), headers("2099-01-01"), headers("2025-11-25"), headers(Harness.modern, nil), headers(Harness.modern, "tools/call"),
            headers(Harness.modern, "TOOLS/LIST"), headers() + headers(nil, "tools/list"), headers() + headers(Harness.modern, nil),
            headers() + [("MCP-NAME", "a"), ("mcp-name", "a")],
        ]
        for headers in wrong { expect(try await post(params: params, headers: headers), 400, -32020, "\(headers)") }
        // Checked before rung 5.
        expect(try await post("no/such", params: params, headers: headers()), 400, -32020)
        // Header names in any case, spaces around values, and unrelated headers.
        let odd = [("mcp-protocol-VERSION", " \(Harness.modern)\t"), ("MCP-METHOD", "tools/list"), ("Mcp-Param-X", "?"), ("Mcp-Name", "x")]
        expect(try await post(params: params, headers: odd), 200, nil)
    }

    @Test func rung2TheNameAgrees() async throws {
        let uri = "contextd://documents/a%2Fb%20%C3%BC%3F%23%25"
        let named: [(String, JSONObject, String)] = [
            ("tools/call", ["name": "search", "arguments": ["query": "ants"]], "search"),
            ("prompts/get", ["name": "answer_with_context", "arguments": ["question": "ants"]], "answer_with_context"),
            ("resources/read", ["uri": .string(uri)], uri),
        ]
        for (method, fields, name) in named {
            var params = fields
            params["_meta"] = .object(Self.sound)
            func answer(_ name: String?) async throws -> Harness.Answer {
                try await post(method, params: .object(params), headers: headers(Harness.modern, method, name))
            }
            let encoded = Data(name.utf8).base64EncodedString()
            for good in [name, "  \(name) ", "=?base64?\(encoded)?="] { expect(try await answer(good), 200, nil, good) }
            let bad = [
                nil, "", "other", name.uppercased(), "=?BASE64?\(encoded)?=", "=?base64?\(encoded)", "=?base64?\(encoded)=?=",
                "=?base64?\(encoded.dropLast())?=", "=?base64?*\(encoded.dropFirst())?=", "=?base64?/w==?=", "=?base64??=", "=?base64?=",
            ]
            for header in bad { expect(try await answer(header), 400, -32020, "\(method) \(String(describing: header))") }
            let twice = headers(Harness.modern, method, name) + [("Mcp-Name", name)]
            expect(try await post(method, params: .object(params), headers: twice), 400, -32020)
        }
        // Without both marks the value is literal, even if it looks encoded.
        let literal = try await harness.send(
            Harness.jsonHeaders + headers(Harness.modern, "tools/call", "=?base64?abc"),
            Harness.modernMessage("tools/call", ["name": "=?base64?abc"], id: "abc").serialized())
        expect(literal, 400, -32602)
        // A name missing from the body is a parameter error, unless the header contains a name.
        let nameless: JSONValue = ["_meta": .object(Self.sound)]
        expect(try await post("tools/call", params: nameless, headers: headers(Harness.modern, "tools/call")), 400, -32602)
        expect(try await post("tools/call", params: nameless, headers: headers(Harness.modern, "tools/call", "search")), 400, -32020)
    }

    /// The two spellings of é are equal as `String`s, but are different names here.
    @Test func rung2ComparesBytes() async throws {
        let message = Harness.modernMessage("tools/call", ["name": "\u{e9}"], id: "abc")
        let answer = try await harness.send(
            Harness.jsonHeaders + headers(Harness.modern, "tools/call", "e\u{301}"), message.serialized())
        expect(answer, 400, -32020)
    }

    @Test func rung3TheVersionIsServed() async throws {
        for version in ["1900-01-01", "2027-01-01", "", "2025-11-25", "2025-03-26"] {
            let answer = try await Self.unsupportedVersion(harness, version)
            expect(answer, 400, -32022, version)
            #expect(answer.error?["data"] == ["supported": ["2026-07-28"], "requested": .string(version)])
        }
        let discovered = try await harness.modern("server/discover").result?["supportedVersions"]
        #expect(discovered == ["2026-07-28"])
    }

    @Test func rung5TheMethodIsServed() async throws {
        let unknown = [
            "no/such", "", "initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe", "subscriptions/listen",
            "tasks/get", "tasks/list", "tools", "Tools/list", "notifications/initialized",
        ]
        for method in unknown {
            let answer = try await harness.modern(method, Harness.handshake, id: "abc")
            expect(answer, 404, -32601, method)
        }
    }

    @Test func rung7TheParametersAreSound() async throws {
        let broken: [(String, JSONObject)] = [
            ("tools/call", ["name": "none"]), ("tools/call", ["name": "search", "arguments": []]), ("tools/list", ["cursor": "x"]),
            ("tools/list", ["cursor": 1]), ("resources/list", ["cursor": 1]), ("resources/read", [:]),
            ("resources/read", ["uri": "contextd://documents/none"]), ("prompts/get", ["name": "none"]),
            ("completion/complete", [:]), ("prompts/list", ["cursor": "x"]), ("resources/templates/list", ["cursor": []]),
        ]
        for (method, params) in broken { expect(try await harness.modern(method, params, id: "abc"), 400, -32602, "\(method) \(params)") }
    }

    /// Clients write an unset cursor as `null`, and parameters that they do not use as `null`.
    @Test func unsetCursorsAndParametersAreAbsent() async throws {
        for (method, field) in [
            ("tools/list", "tools"), ("prompts/list", "prompts"), ("resources/list", "resources"),
            ("resources/templates/list", "resourceTemplates"),
        ] {
            for cursor: JSONValue in [.null, "", [:]] {
                let answer = try await harness.modern(method, ["cursor": cursor], id: "abc")
                #expect(answer.result?[field]?.arrayValue?.isEmpty == false, "\(method) \(cursor)")
            }
            for revision in Harness.legacy {
                let message: JSONValue = ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": .null]
                let headers = Harness.jsonHeaders + [("MCP-Protocol-Version", revision)]
                let answer = try await harness.send(headers, message.serialized())
                #expect(answer.result?[field]?.arrayValue?.isEmpty == false, "\(method) \(revision)")
            }
        }
    }

    @Test func unknownMembersAreIgnored() async throws {
        let params: JSONObject = [
            "name": "search", "arguments": ["query": "ants"], "task": ["ttl": 1], "inputResponses": [:], "requestState": "x", "future": 1,
        ]
        expect(try await harness.modern("tools/call", params, id: "abc"), 200, nil)
    }
}
