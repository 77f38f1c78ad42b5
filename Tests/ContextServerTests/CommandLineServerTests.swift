import CommandSupport
import Foundation
import JSON
import TestSupport
import Testing

/// The commands that need a running server.
@Suite(.timeLimit(.minutes(10))) struct CommandLineServerTests {
    @Test func besideARunningServer() async throws {
        let server = try await RunningServer.start(.process)
        let client = try await server.client(tenant: "t")
        let refused = try await CommandLineTool.run(["search", "x", "--tenant", "t", "--data-dir", server.folder.path])
        #expect(refused.status == 1 && refused.errors.contains("--server"), "\(refused)")

        let file = try TestPaths.scratch().appending(path: "a b#c.md")
        try "# Herons\n\nHerons stand still to fish.".write(to: file, atomically: true, encoding: .utf8)
        let key = try #require(client.key)
        let ingested = try await CommandLineTool.run(["ingest", file.path, "--server", server.base, "--key", key])
        #expect(ingested.status == 0, "\(ingested)")
        let found = try await CommandLineTool.run(["search", "bird that fishes", "--server", server.base, "--key", key, "--json"])
        #expect(try JSONValue(parsing: found.output)["results"]?[0]?["document_id"] == "a b#c.md", "\(found)")
        let stranger = try await CommandLineTool.run(["search", "x", "--server", server.base, "--key", "ctx_wrong"])
        #expect(stranger.status == 1 && stranger.errors.contains("401"))
    }

    @Test func mcpOverStandardInputAndThroughTheBridgeGiveTheSame() async throws {
        let server = try await RunningServer.start(.process)
        let client = try await server.client(tenant: "t")
        _ = try await client.post("/v1/documents?wait=true", ["id": "d/1 ü", "text": "Herons stand still to fish."])
        let meta = #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#
        let uri = "contextd://documents/d%2F1%20%C3%BC"
        let input = """
            {"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}
            {"jsonrpc":"2.0","method":"notifications/initialized"}
            not json at all

            {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"fetch","arguments":{"id":"d/1 ü"}}}
            {"jsonrpc":"2.0","id":2,"method":"resources/read","params":{"uri":"\(uri)",\(meta)}}
            {"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"search","arguments":{"query":"birds"},\(meta)}}

            """
        let bridged = try await CommandLineTool.process(["mcp", "--server", server.base, "--key", client.key ?? ""], input: input)
        #expect(await server.stop() == 0)
        let local = try await CommandLineTool.process(["mcp", "--tenant", "t", "--data-dir", server.folder.path], input: input)
        for result in [bridged, local] {
            #expect(result.status == 0, "\(result)")
            let answers = result.output.split(separator: "\n").compactMap { try? JSONValue(parsing: Array($0.utf8)) }
            func answer(_ id: JSONValue) -> JSONValue? { answers.first { $0["id"] == id } }
            #expect(answer("i")?["result"]?["protocolVersion"] == "2025-11-25", "\(result)")
            #expect(answer(1)?["result"]?["structuredContent"]?["text"] == "Herons stand still to fish.", "\(result)")
            #expect(answer(2)?["result"]?["contents"]?[0]?["text"] == "Herons stand still to fish.", "\(result)")
            #expect(answer(2)?["result"]?["resultType"] == "complete")
            #expect(answer(3)?["result"]?["structuredContent"]?["results"]?[0]?["id"] == "d/1 ü", "\(result)")
        }
    }
}
