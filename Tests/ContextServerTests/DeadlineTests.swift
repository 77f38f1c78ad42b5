import Foundation
import JSON
import NIOHTTP1
import ScriptedUpstream
import TestSupport
import Testing

/// Read requests end at their deadline or when their clients disconnect; the work done for them ends too.
@Suite(.timeLimit(.minutes(10))) struct DeadlineTests {
    /// Options of a server whose embedding provider never responds.
    private static func options(_ upstream: ScriptedUpstream, timeout: Int) -> [String] {
        let settings = [
            "embedding.provider=openai", "embedding.model=m", "embedding.base_url=\(upstream.base)", "embedding.dimension=384",
        ]
        return settings.flatMap { ["--set", $0] } + ["--request-timeout", "\(timeout)"]
    }

    @Test func aRequestThatTakesTooLongGetsItsOwnErrorAndItsWorkEnds() async throws {
        try await ScriptedUpstream.serve({ _ in [.stall] }) { upstream in
            let server = try await RunningServer.start(.process, options: Self.options(upstream, timeout: 1))
            let client = try await server.client(tenant: "a")
            for _ in 0..<2 {
                let late = try await client.post("/v1/search", ["query": "x"])
                #expect(late.status == 504 && late.code == "deadline_exceeded", "\(late.text)")
                #expect(late.headers.first(name: "Retry-After") != nil)
            }
            let embeddings = try await client.post("/v1/embeddings", ["model": "m", "input": ["a", "b", "c", "d", "e", "f"]])
            #expect(embeddings.status == 504, "\(embeddings.text)")
            // The connection stays open, and requests that need no embedding are served.
            #expect(try await client.post("/v1/search", ["query": "x", "mode": "lexical"]).status == 200)
            #expect(try await client.get("/v1/documents").status == 200)
            // Cancelled requests close their connections, so that the provider does no unnecessary work.
            #expect(upstream.opened > 0)
            #expect(await server.stop() == 0)
        }
    }

    @Test func aClientThatGoesAwayTakesItsSearchAlong() async throws {
        try await ScriptedUpstream.serve({ _ in [.stall] }) { upstream in
            let server = try await RunningServer.start(.process, options: Self.options(upstream, timeout: 0))
            let key = try #require(try await server.client(tenant: "a").key)
            let body = #"{"query":"x"}"#
            try await RawSocket.connect(server.port) { socket in
                try await socket.send(
                    "POST /v1/search HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(key)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                )
                await upstream.untilRequested(1)
            }
            await upstream.untilAllClosed()
            #expect(await server.stop() == 0)
        }
    }
}
