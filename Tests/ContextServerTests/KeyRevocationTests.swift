import CommandSupport
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

/// What happens to an open stream when its key is revoked.
@Suite(.timeLimit(.minutes(10))) struct KeyRevocationTests {

    private func head(_ method: String, _ path: String, _ client: TestClient, _ fields: String = "") -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(client.key ?? "")\r\n\(fields)\r\n"
    }

    /// An endless import and an idle WebSocket: only the revocation, or the test's own limit, ends them.
    private func endsOpenStreams(_ revoke: (RunningServer, TestClient) async throws -> Void) async throws {
        let server = try await RunningServer.start(.process)
        let (client, other) = (try await server.client(tenant: "a"), try await server.client(tenant: "b"))
        let start = "1b\r\n{\"id\":\"d\",\"text\":\"a lamp\"}\n\r\n"
        try await RawSocket.connect(server.port) { stream in
            try await stream.send(head("POST", "/v1/documents/import", client, "Transfer-Encoding: chunked\r\n") + start)
            #expect(try await stream.head()?.hasPrefix("HTTP/1.1 200 ") == true)
            try await WebSocketProbe.open(server, key: client.key) { probe in
                try await probe.send(9, Array("known".utf8))
                #expect(try await probe.next()?.opcode == 10)
                try await WebSocketProbe.open(server, key: other.key) { neighbour in
                    try await revoke(server, client)
                    let clock = ContinuousClock.now
                    #expect(try await probe.closeCode() == 4401)
                    #expect(try await stream.isClosed())
                    let elapsed = ContinuousClock.now - clock
                    print("open streams ended after \(elapsed)")
                    #expect(elapsed < .seconds(60), "the streams must not end by a time limit of the server")
                    // Another tenant's WebSocket stays open.
                    try await neighbour.send(9, Array("there".utf8))
                    #expect(try await neighbour.next()?.text == "there")
                }
            }
        }
        #expect(await server.stop() == 0)
    }

    @Test func aRevokedKeyEndsOpenStreams() async throws {
        try await endsOpenStreams { server, client in
            let id = try #require(client.key?.split(separator: "_").dropFirst().first).description
            let result = try await CommandLineTool.run(["key", "revoke", id, "--data-dir", server.folder.path])
            #expect(result.status == 0, "\(result.errors)")
        }
    }

    @Test func aDeletedTenantsStreamsEnd() async throws {
        try await endsOpenStreams { server, _ in
            let result = try await CommandLineTool.run(["tenant", "delete", "a", "--data-dir", server.folder.path])
            #expect(result.status == 0, "\(result.errors)")
        }
    }

    @Test func addressesWhoseKeysFailAreSlowedDownAndValidKeysPass() async throws {
        let server = try await RunningServer.start(options: ["--set", "keys.failures_per_minute=5"])
        let client = try await server.client(tenant: "a")
        let stranger = client.with(key: "ctx_aaaaaaaaaaaa_\(String(repeating: "a", count: 32))")
        var last: TestClient.Answer?
        var statuses: [Int] = []
        for _ in 0..<8 {
            last = try await stranger.get("/v1/documents")
            statuses.append(last?.status ?? 0)
        }
        #expect(statuses.prefix(5).allSatisfy { $0 == 401 } && statuses.last == 429, "\(statuses)")
        #expect(last?.code == "too_many_failures")
        let seconds = last?.headers.first(name: "retry-after").flatMap { Int($0) } ?? 0
        #expect((1...60).contains(seconds))
        #expect(try await client.get("/v1/documents").status == 200)
        #expect(try await stranger.post("/v1/chat/completions", [:]).json["error"]?["code"] == "too_many_failures")
        #expect(try await stranger.mcp("tools/list").status == 429)
        try await WebSocketProbe.open(server, key: stranger.key) { probe in
            let code = try await probe.closeCode()
            #expect(code == 4429)
        }
        try await WebSocketProbe.open(server, key: client.key) { probe in
            try await probe.send(9, [])
            #expect(try await probe.next()?.opcode == 10)
        }
        // A request without a key is not counted as a guess.
        #expect(try await client.with(key: nil).get("/v1/documents").status == 401)
    }
}
