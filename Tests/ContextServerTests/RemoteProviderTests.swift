import CommandSupport
import Foundation
import JSON
import NIOHTTP1
import TestSupport
import Testing

/// A contextd whose embedding provider is another contextd, over the OpenAI protocol.
@Suite(.timeLimit(.minutes(10))) struct RemoteProviderTests {
    private struct Provider {
        let server: RunningServer
        let client: TestClient
        let keyFile: URL

        init() async throws {
            server = try await RunningServer.start(options: ["--set", "embedding.accept_token_ids=true"])
            client = try await server.client(tenant: "embedder", scopes: "read")
            keyFile = try TestPaths.scratch("key").appending(path: "key")
            try #require(client.key).appending("\n").write(to: keyFile, atomically: true, encoding: .utf8)
        }

        var model: String { TestPaths.model.lastPathComponent }

        /// Settings of a server that uses this provider.
        func settings(_ more: String...) -> [String] {
            let settings = [
                "embedding.provider=openai", "embedding.model=\(model)", "embedding.base_url=\(server.base)/v1",
                "embedding.api_key_file=\(keyFile.path)", "embedding.batch_texts=8",
            ]
            return (settings + more).flatMap { ["--set", $0] }
        }
    }

    private static let documents = [
        ("tides", "Twice a day the sea rises along the coast, because the moon pulls at the water."),
        ("bread", "Knead the dough, let it rest overnight, and bake it in a hot oven with steam."),
        ("herons", "Herons stand still in shallow rivers and wait for fish."),
    ]

    @Test func documentsAreEmbeddedThereAndFoundHere() async throws {
        let provider = try await Provider()
        let server = try await RunningServer.start(options: provider.settings())
        let client = try await server.client(tenant: "a")
        for (id, text) in Self.documents {
            #expect(try await client.post("/v1/documents?wait=true", ["id": .string(id), "text": .string(text)]).status == 200)
        }
        #expect(try await client.found("why does the water rise and fall", limit: 1, extra: ["mode": "dense"]) == ["tides"])
        #expect(try await client.found("a bird catching its meal", limit: 1) == ["herons"])

        // The same vectors, the provider's token counts and its model name.
        let question: JSONValue = ["model": .string(provider.model), "input": ["one text", "and another, longer than that"]]
        let (here, there) = (
            try await client.post("/v1/embeddings", question).json, try await provider.client.post("/v1/embeddings", question).json
        )
        for row in 0..<2 {
            let (a, b) = (here["data"]?[row]?["embedding"]?.arrayValue ?? [], there["data"]?[row]?["embedding"]?.arrayValue ?? [])
            #expect(a.count == 384 && zip(a, b).allSatisfy { abs(($0.doubleValue ?? 0) - ($1.doubleValue ?? 9)) < 1e-6 })
        }
        #expect(here["usage"] == there["usage"] && here["usage"]?["prompt_tokens"]?.intValue ?? 0 > 6)
        #expect(try await client.get("/v1/models").json["data"]?.arrayValue?.last?["id"]?.stringValue == provider.model)
        let tokens: JSONValue = ["model": .string(provider.model), "input": [[101, 7592, 102]], "token_ids": "model"]
        #expect(try await client.post("/v1/embeddings", tokens).json["usage"] == ["prompt_tokens": 3, "total_tokens": 3])

        // Vectors of the provider are not mixed with local ones.
        #expect(await server.stop() == 0)
        let local = try await CommandLineTool.run(["search", "x", "--tenant", "a", "--data-dir", server.folder.path])
        #expect(local.status == 1 && local.errors.contains("-remote-d384-"), "\(local)")
    }

    @Test func whileTheProviderIsGoneSearchesSaySoAndUploadsWait() async throws {
        let provider = try await Provider()
        let server = try await RunningServer.start(options: provider.settings("embedding.dimension=384"))
        let client = try await server.client(tenant: "a")
        _ = try await client.post("/v1/documents?wait=true", ["id": "tides", "text": .string(Self.documents[0].1)])
        #expect(await provider.server.stop() == 0)

        let refused = try await client.post("/v1/search", ["query": "the sea"])
        #expect(refused.status == 502 && refused.code == "upstream_unavailable", "\(refused.text)")
        #expect(
            refused.headers.first(name: "Retry-After") != nil && refused.headers.first(name: "Content-Type") == "application/problem+json")
        #expect(!refused.text.contains("127.0.0.1"), "the response must not contain the provider's address")
        let embedding = try await client.post("/v1/embeddings", ["model": .string(provider.model), "input": "x"])
        #expect(embedding.status == 502 && embedding.json["error"]?["type"] == "server_error", "\(embedding.text)")
        let tool = try await client.mcp("tools/call", ["name": "search", "arguments": ["query": "the sea"]], name: "search")
        #expect(tool.text.contains("the embedding provider is unavailable"), "\(tool.text)")
        #expect(try await client.found("sea", extra: ["mode": "lexical"]) == ["tides"])

        let accepted = try await client.post("/v1/documents", ["id": "bread", "text": .string(Self.documents[1].1)])
        #expect(accepted.status == 202)
        let job = try #require(accepted.json["job_id"]?.stringValue)
        #expect(try await client.get("/v1/jobs/\(job)").json["stage"] != "failed")

        let back = try await RunningServer.start(
            folder: provider.server.folder, options: ["--listen", "127.0.0.1:\(provider.server.port)"])
        #expect(back.port == provider.server.port)
        #expect(try await client.get("/v1/jobs/\(job)/events").text.contains("event: ready"))
        #expect(try await client.found("baking a loaf", limit: 1, extra: ["mode": "dense"]) == ["bread"])
    }

    @Test func aProviderThatCannotBeUsedIsOneLineAtTheStart() async throws {
        let provider = try await Provider()
        let folder = try TestPaths.scratch()
        _ = try await CommandLineTool.run(["tenant", "create", "t", "--data-dir", folder.path])
        func search(_ settings: [String]) async throws -> CommandResult {
            try await CommandLineTool.run(["search", "x", "--tenant", "t", "--data-dir", folder.path, "--log-level", "trace"] + settings)
        }
        #expect(try await search(provider.settings()).status == 0)
        try "ctx_wrongkeywrongkey".write(to: provider.keyFile, atomically: true, encoding: .utf8)
        let stranger = try await search(provider.settings())
        #expect(stranger.status == 1 && stranger.errors.contains("401") && stranger.errors.contains("key"), "\(stranger)")
        let unknown = try await search(provider.settings("embedding.model=another"))
        #expect(unknown.status == 1, "\(unknown)")
        let wrong = try await search(provider.settings("embedding.base_url=\(provider.server.base)/nowhere"))
        #expect(wrong.status == 1 && wrong.errors.contains("base URL"), "\(wrong)")
        #expect(await provider.server.stop() == 0)
        let gone = try await search(provider.settings())
        #expect(gone.status == 1 && gone.errors.contains("127.0.0.1:\(provider.server.port)"), "\(gone)")
        for result in [stranger, unknown, wrong, gone] {
            #expect(result.errors.split(separator: "\n").count == 1 && !result.errors.contains("wrongkey"), "\(result)")
        }
    }

    @Test func aKeyComesOutOfTheEnvironmentToo() async throws {
        let provider = try await Provider()
        let folder = try TestPaths.scratch()
        try JSONValue.object([
            "embedding": [
                "provider": "openai", "model": .string(provider.model), "base_url": .string("\(provider.server.base)/v1"),
                "api_key_env": "EMBEDDER_KEY", "query_prefix": "query: ", "concurrency": 2, "timeout_seconds": 20,
            ]
        ]).description.write(to: folder.appending(path: "contextd.json"), atomically: true, encoding: .utf8)
        _ = try await CommandLineTool.run(["tenant", "create", "t", "--data-dir", folder.path])
        let file = folder.appending(path: "herons.txt")
        try Self.documents[2].1.write(to: file, atomically: true, encoding: .utf8)
        func run(_ arguments: String...) async throws -> CommandResult {
            let key = try #require(provider.client.key)
            return try await CommandLineTool.run(
                arguments + ["--tenant", "t", "--data-dir", folder.path], variables: ["EMBEDDER_KEY": key])
        }
        let ingested = try await run("ingest", file.path)
        #expect(ingested.status == 0, "\(ingested)")
        let found = try await run("search", "a bird in a river", "--mode", "dense", "--json")
        #expect(try JSONValue(parsing: found.output)["results"]?[0]?["document_id"] == "herons.txt", "\(found)")
    }
}
