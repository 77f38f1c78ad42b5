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

    private static func handshake(_ version: String) -> String {
        #"{"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":"\#(version)","capabilities":{},"#
            + #""clientInfo":{"name":"t","version":"1"}}}"#
    }

    /// Returns the lines that the bridge writes for these lines.
    private func bridged(_ server: RunningServer, key: String, _ lines: [String]) async throws -> [JSONValue] {
        let input = lines.map { $0 + "\n" }.joined()
        let result = try await CommandLineTool.process(["mcp", "--server", server.base, "--key", key], input: input)
        #expect(result.status == 0, "\(result)")
        return result.output.split(separator: "\n").compactMap { try? JSONValue(parsing: Array($0.utf8)) }
    }

    private static let batch = #"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}]"#

    /// Only 2025-03-26 has batches, and it is also what a client without a handshake gets.
    @Test func theBridgeAnswersBatchesOfTheirRevisionOnly() async throws {
        let server = try await RunningServer.start(.process)
        let key = try #require(try await server.client(tenant: "t").key)
        for version in ["2025-03-26", nil] {
            let answers = try await bridged(server, key: key, (version.map { [Self.handshake($0)] } ?? []) + [Self.batch])
            #expect(answers.last?.arrayValue?.map { $0["id"] } == [1, 2], "\(String(describing: version)): \(answers)")
        }
        for version in ["2024-11-05", "2025-06-18", "2025-11-25"] {
            let answers = try await bridged(server, key: key, [Self.handshake(version), Self.batch])
            #expect(answers.first?["result"]?["protocolVersion"]?.stringValue == version)
            #expect(answers.count == 2 && answers.last?["error"]?["code"] == -32600, "\(version): \(answers)")
        }
        #expect(await server.stop() == 0)
    }

    /// The server refuses the request before it reads its id, which the bridge knows.
    @Test func theBridgeGivesTheReasonOfARefusalToItsRequest() async throws {
        let server = try await RunningServer.start(.process)
        let lines = [
            Self.handshake("2025-11-25"), #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            #"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#, #"{"jsonrpc":"2.0","id":"r","result":{}}"#,
        ]
        let answers = try await bridged(server, key: "ctx_wrong", lines)
        #expect(Set(answers.map { $0["id"] }) == ["i", 2], "\(answers)")
        for answer in answers {
            #expect(answer["error"]?["message"] == "the key is malformed, unknown or revoked", "\(answer)")
            #expect(answer["error"]?["data"]?["code"] == "unauthenticated", "\(answer)")
        }
        #expect(await server.stop() == 0)
    }
}
