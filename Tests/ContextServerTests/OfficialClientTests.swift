import CommandSupport
import Foundation
import JSON
import NIOHTTP1
import TestSupport
import Testing

/// Third-party clients against a running server: both generations of the official `mcp` package, `openai`, LangChain's, and `websockets`.
/// `make test` creates their environments; without them these tests fail with a message.
@Suite(.timeLimit(.minutes(10))) struct OfficialClientTests {
    private static let scripts = TestPaths.repository.appending(path: "Tests/Clients")

    private func python(_ environment: String, _ script: String, _ arguments: [String]) async throws -> CommandResult {
        let program = TestPaths.repository.appending(path: ".venv-test/\(environment)/bin/python")
        try #require(FileManager.default.fileExists(atPath: program.path), "\(program.path) is missing; `make test` creates it")
        return try await CommandLineTool.process(
            [Self.scripts.appending(path: script).path] + arguments, program: program, folder: Self.scripts)
    }

    /// Starts a server with the clients' corpus in tenant `t`.
    private func server() async throws -> (RunningServer, TestClient) {
        let server = try await RunningServer.start(.process)
        let client = try await server.client(tenant: "t")
        let corpus = Array(try Data(contentsOf: Self.scripts.appending(path: "corpus.jsonl")))
        let imported = try await client.send(.POST, "/v1/documents/import", corpus, type: "application/x-ndjson")
        #expect(imported.lines.last?["done"] == true && imported.lines.last?["failed"] == 0, "\(imported.text)")
        return (server, client)
    }

    @Test(arguments: ["modern", "pinned", "legacy"]) func mcp2OverHTTPAndStandardInput(mode: String) async throws {
        let (server, client) = try await server()
        let http = try await python("mcp2", "mcp2_client.py", ["--mode", mode, "--url", server.base, "--key", client.key ?? ""])
        #expect(http.status == 0, "\(http.output)\(http.errors)")
        #expect(await server.stop() == 0)
        let stdio = try await python(
            "mcp2", "mcp2_client.py",
            ["--mode", mode, "--stdio", CommandLineTool.path.path, "mcp", "--tenant", "t", "--data-dir", server.folder.path])
        #expect(stdio.status == 0, "\(stdio.output)\(stdio.errors)")
    }

    @Test func mcp1OverHTTPAndStandardInput() async throws {
        let (server, client) = try await server()
        let http = try await python("mcp1", "mcp1_client.py", ["--url", server.base, "--key", client.key ?? ""])
        #expect(http.status == 0, "\(http.output)\(http.errors)")
        let bridge = try await python(
            "mcp1", "mcp1_client.py",
            ["--stdio", CommandLineTool.path.path, "mcp", "--server", server.base, "--key", client.key ?? ""])
        #expect(bridge.status == 0, "\(bridge.output)\(bridge.errors)")
        #expect(await server.stop() == 0)
        let stdio = try await python(
            "mcp1", "mcp1_client.py", ["--stdio", CommandLineTool.path.path, "mcp", "--tenant", "t", "--data-dir", server.folder.path])
        #expect(stdio.status == 0, "\(stdio.output)\(stdio.errors)")
    }

    @Test func webSocket() async throws {
        let (server, client) = try await server()
        let result = try await python("websocket", "websocket_client.py", ["--url", server.base, "--key", client.key ?? ""])
        #expect(result.status == 0, "\(result.output)\(result.errors)")
    }

    @Test func openAI() async throws {
        let (server, client) = try await server()
        let result = try await python("openai", "openai_client.py", ["--url", server.base, "--key", client.key ?? ""])
        #expect(result.status == 0, "\(result.output)\(result.errors)")
    }

    @Test func langChain() async throws {
        let (server, client) = try await server()
        let result = try await python("langchain", "langchain_client.py", ["--url", server.base, "--key", client.key ?? ""])
        #expect(result.status == 0, "\(result.output)\(result.errors)")
    }
}
