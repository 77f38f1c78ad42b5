import Embeddings
import Logging
import Retrieval
import Scheduling
import Synchronization
import Tenancy
import TestSupport
import Testing

/// The caller for which a query is embedded; it keeps tenants from sharing anything in the embedder.
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
            catalog: fixture.catalog, indexes: fixture.indexes, embedder: embedder,
            workers: WorkerPool(name: "test", threads: 1, queueLimit: 100))
        for scope in [fixture.a, fixture.b, fixture.a] { _ = try await retriever.search(SearchRequest(query: "red fish"), in: scope) }
        let callers = embedder.callers
        #expect(callers.map(\.name) == ["a", "b", "a"])
        #expect(callers.map(\.incarnation) == [fixture.a.incarnation, fixture.b.incarnation, fixture.a.incarnation])
        #expect(fixture.a.incarnation != fixture.b.incarnation)
    }
}
