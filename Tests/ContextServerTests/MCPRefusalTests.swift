import CommandSupport
import Foundation
import JSON
import NIOHTTP1
import Testing

/// Requests to `/mcp` that fail before they reach the protocol: their errors are those of JSON-RPC, which clients show.
@Suite(.timeLimit(.minutes(10))) struct MCPRefusalTests {
    private static let ping: JSONValue = ["jsonrpc": "2.0", "id": 7, "method": "ping"]

    private func expect(_ answer: TestClient.Answer, _ status: Int, _ code: String, _ note: String) {
        let error = answer.json["error"]
        #expect(answer.status == status, "\(note): \(answer.status) \(answer.text)")
        #expect(answer.headers["content-type"] == ["application/json"], "\(note)")
        #expect(answer.json["jsonrpc"] == "2.0" && answer.json["id"] == .null, "\(note): \(answer.text)")
        #expect(error?["code"]?.intValue == (status < 500 ? -32600 : -32603), "\(note): \(answer.text)")
        #expect(error?["message"]?.stringValue?.isEmpty == false, "\(note): \(answer.text)")
        #expect(error?["data"]?["code"]?.stringValue == code, "\(note): \(answer.text)")
        #expect(error?["data"]?["status"]?.intValue == status, "\(note): \(answer.text)")
        #expect(error?["data"]?["request_id"]?.stringValue == answer.headers.first(name: "X-Request-Id"), "\(note): \(answer.text)")
    }

    @Test func badKeysGetTheReason() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let writer = try await server.client(tenant: "a", scopes: "write")
        let orphan = try await server.client(tenant: "b")
        _ = try await CommandLineTool.run(["tenant", "delete", "b", "--data-dir", server.folder.path])
        let revoked = try await server.client(tenant: "a")
        let id = try #require(revoked.key?.split(separator: "_").dropFirst().first).description
        _ = try await CommandLineTool.run(["key", "revoke", id, "--data-dir", server.folder.path])
        for (note, one) in [
            ("no key", client.with(key: nil)), ("nonsense", client.with(key: "nonsense")), ("revoked", revoked), ("no tenant", orphan),
            ("another secret", client.with(key: (client.key ?? "") + "x")),
        ] {
            for method: HTTPMethod in [.POST, .GET, .DELETE] {
                let answer = try await one.send(method, "/mcp", method == .POST ? Self.ping.serialized() : nil, type: "application/json")
                expect(answer, 401, "unauthenticated", "\(note) \(method)")
                #expect(answer.headers.first(name: "WWW-Authenticate")?.hasPrefix("Bearer") == true, "\(note)")
            }
        }
        let forbidden = try await writer.post("/mcp", Self.ping)
        expect(forbidden, 403, "forbidden", "scope")
        #expect(forbidden.headers.first(name: "WWW-Authenticate")?.contains("insufficient_scope") == true)
        withExtendedLifetime(server) {}
    }

    @Test func otherReasonsAreShownToo() async throws {
        let server = try await RunningServer.start(options: ["--set", "keys.failures_per_minute=1"])
        let client = try await server.client(tenant: "a")
        expect(try await client.post("/mcp", Self.ping, headers: [("Origin", "https://example.org")]), 403, "origin_refused", "origin")
        expect(try await client.post("/mcp", Self.ping, headers: [("Host", "example.org")]), 421, "host_refused", "host")
        expect(try await client.post("/mcp/sse", Self.ping), 404, "not_found", "no such route")
        expect(try await client.post("/mcp", Self.ping, headers: [("Expect", "fire")]), 417, "expectation_failed", "expectation")
        let coded = try await client.post("/mcp", Self.ping, headers: [("Content-Encoding", "x-own")])
        expect(coded, 415, "unsupported_encoding", "content coding")
        let tooLarge = try #require(try await client.refusal(.POST, "/mcp", bytes: 8 << 20, type: "application/json"))
        #expect(tooLarge.hasPrefix("HTTP/1.1 413 ") && tooLarge.contains(#""jsonrpc":"2.0","id":null"#), "\(tooLarge)")
        let stranger = client.with(key: "nonsense")
        _ = try await stranger.post("/mcp", Self.ping)
        let slowed = try await stranger.post("/mcp", Self.ping)
        expect(slowed, 429, "too_many_failures", "too many failures")
        let seconds = try #require(slowed.headers.first(name: "Retry-After").flatMap { Int($0) })
        #expect(slowed.json["error"]?["data"]?["retryAfterSeconds"]?.intValue == seconds)
        withExtendedLifetime(server) {}
    }

    /// What reaches the protocol is answered by it, in the same format, but without an `id` that could not be read.
    @Test func theProtocolsOwnErrorsStay() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let answers = [
            (try await client.send(.POST, "/mcp", Array("{".utf8), type: "application/json"), 400, -32700),
            (try await client.send(.POST, "/mcp", Self.ping.serialized(), type: "text/plain"), 415, -32600),
            (try await client.post("/mcp", Self.ping, headers: [("Accept", "text/event-stream")]), 406, -32600),
            (try await client.get("/mcp"), 405, -32600), (try await client.delete("/mcp"), 405, -32600),
        ]
        for (answer, status, code) in answers {
            #expect(answer.status == status && answer.json["error"]?["code"]?.intValue == code, "\(status): \(answer.text)")
            #expect(answer.json["error"]?["message"]?.stringValue?.isEmpty == false, "\(status): \(answer.text)")
            #expect(answer.headers["content-type"] == ["application/json"], "\(status)")
        }
        withExtendedLifetime(server) {}
    }
}
