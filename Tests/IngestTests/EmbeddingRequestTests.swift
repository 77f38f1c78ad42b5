@_spi(ScopeMinting) import Catalog
import Embeddings
import Foundation
import Ingest
import JSON
import Scheduling
import Synchronization
import Tenancy
import TestSupport
import Testing

/// Records the texts to embed, and the caller.
final class NotingEmbedder: Embedder {
    struct Call: Sendable {
        let texts: [String]
        let purpose: EmbeddingPurpose
        let caller: EmbeddingCaller
    }

    let identity: ModelIdentity
    private let noted = Mutex<[Call]>([])

    init(maxTokens: Int, promptTokens: Int) {
        identity = ModelIdentity(
            name: "noting", revision: "1", precision: "float32", dimension: 1, maxTokens: maxTokens, promptTokens: promptTokens)
    }

    var calls: [Call] { noted.withLock { $0 } }

    func embed(_ texts: [String], purpose: EmbeddingPurpose, caller: EmbeddingCaller) async throws -> EmbeddingBatch {
        noted.withLock { $0.append(Call(texts: texts, purpose: purpose, caller: caller)) }
        return EmbeddingBatch(vectors: texts.map { _ in 1 }, dimension: 1, tokenCounts: texts.map { _ in 1 })
    }

    func embed(tokens: [[Int32]], purpose: EmbeddingPurpose, caller: EmbeddingCaller) async throws -> EmbeddingBatch {
        throw EmbeddingError(.invalidTokens, "takes texts only")
    }
}

/// The requests that ingest sends to an embedder.
@Suite(.timeLimit(.minutes(10))) struct EmbeddingRequestTests {
    private static func ingest(_ text: String, title: String, with embedder: NotingEmbedder, tenants: [String]) async throws {
        let catalog = try CatalogStore(file: TestPaths.scratch("requests").appending(path: "catalog.sqlite"))
        let pipeline = IngestPipeline(
            catalog: catalog, embedder: embedder, tokens: WordTokens(), workers: WorkerPool(name: "test", threads: 1, queueLimit: 100))
        for tenant in tenants {
            try await catalog.createTenant(.test(tenant), name: "")
            let scope = try #require(try await catalog.scope(of: .test(tenant)))
            let source = SourceDocument(id: .test("d"), title: title, url: nil, metadata: [:], text: text)
            _ = try await pipeline.ingest([source], in: scope)[0].get()
        }
    }

    @Test func eachTenantIsACallerOfItsOwn() async throws {
        let embedder = NotingEmbedder(maxTokens: 64, promptTokens: 0)
        try await Self.ingest("one text", title: "t", with: embedder, tenants: ["a", "b"])
        let calls = embedder.calls
        #expect(calls.count == 2 && calls.allSatisfy { $0.purpose == .passage })
        #expect(calls.map(\.caller.name) == ["a", "b"] && calls.allSatisfy { !$0.caller.incarnation.isEmpty })
    }

    /// Title, passage, prompt and special tokens together never exceed the model's limit, even for the smallest models.
    @Test(arguments: [(64, 0), (64, 20), (64, 32), (512, 40), (16, 8), (8, 4), (4, 2), (3, 1), (2, 1)])
    func passagesLeaveRoomForThePrompt(maxTokens: Int, promptTokens: Int) async throws {
        let embedder = NotingEmbedder(maxTokens: maxTokens, promptTokens: promptTokens)
        let text = (0..<3_000).map { "w\($0)" }.joined(separator: " ")
        try await Self.ingest(text, title: (0..<60).map { "t\($0)" }.joined(separator: " "), with: embedder, tenants: ["a"])
        let lengths = embedder.calls.flatMap(\.texts).map { $0.split(whereSeparator: \.isWhitespace).count }
        let room = max(1, maxTokens - 2 - promptTokens)
        #expect((lengths.max() ?? 0) <= room && !lengths.isEmpty, "\(lengths.max() ?? 0) of \(room)")
        #expect(room < 8 || (lengths.max() ?? 0) > min(room, 200) / 2, "chunks must use the available tokens")
    }
}
