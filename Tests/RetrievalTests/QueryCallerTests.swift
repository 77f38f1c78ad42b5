import Embeddings
import Logging
import Retrieval
import Synchronization
import Tenancy
import TestSupport
import Testing
import Workers

/// For whom a query is embedded: nothing of the embedder's is shared between tenants as long as this holds.
@Suite(.timeLimit(.minutes(10))) struct QueryCallerTests {
    private final class NotingCounter: Embedder {
        let identity = WordCounter().identity
        private let noted = Mutex<[EmbeddingCaller]>([])

        var callers: [EmbeddingCaller] { noted.withLock { $0 } }

        func embed(_ texts: [String], purpose: EmbeddingPurpose, caller: EmbeddingCaller) async throws -> EmbeddingBatch {
            noted.withLock { $0.append(caller) }
            return try await WordCounter().embed(texts, purpose: purpose, caller: caller)
        }

        func embed(tokens: [[Int32]], purpose: EmbeddingPurpose, caller: EmbeddingCaller) async throws -> EmbeddingBatch {
            throw EmbeddingError(.invalidTokens, "takes texts only")
        }
    }

    @Test func eachTenantAsksAsItself() async throws {
        let fixture = try await RetrievalFixture()
        let embedder = NotingCounter()
        let retriever = Retriever(
            catalog: fixture.catalog, collections: fixture.collections, embedder: embedder,
            workers: WorkerPool(name: "test", threads: 1, queueLimit: 100))
        for scope in [fixture.a, fixture.b, fixture.a] { _ = try await retriever.search(SearchRequest(query: "red fish"), in: scope) }
        let callers = embedder.callers
        #expect(callers.map(\.name) == ["a", "b", "a"])
        #expect(callers.map(\.generation) == [fixture.a.generation, fixture.b.generation, fixture.a.generation])
        #expect(fixture.a.generation != fixture.b.generation)
    }
}
