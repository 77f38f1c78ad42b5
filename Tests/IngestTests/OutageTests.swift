@_spi(ScopeMinting) import Catalog
import Embeddings
import Foundation
import Ingest
import JSON
import Logging
import Scheduling
import Synchronization
import Tenancy
import TestSupport
import Testing

/// What happens to uploads while embedding is unavailable.
@Suite(.timeLimit(.minutes(10))) struct OutageTests {
    /// Fails a given number of times, then works.
    private final class FailingEmbedder: Embedder {
        let identity = ModelIdentity(name: "test", revision: "1", precision: "remote", dimension: 1, maxTokens: 64)
        private let failures: Mutex<Int>
        private let calls = Mutex(0)
        private let code: EmbeddingError.Code
        private let poison: String?

        var callCount: Int { calls.withLock { $0 } }

        /// - Parameter poison: a text that always fails.
        init(_ code: EmbeddingError.Code, times: Int, poison: String? = nil) {
            self.code = code
            self.poison = poison
            failures = Mutex(times)
        }

        func embed(_ texts: [String], purpose: EmbeddingPurpose, caller: EmbeddingCaller) async throws -> EmbeddingBatch {
            calls.withLock { $0 += 1 }
            let fails = failures.withLock { left in
                left -= 1
                return left >= 0
            }
            let isPoisoned = poison.map { poison in texts.contains { $0.contains(poison) } } ?? false
            if fails || isPoisoned { throw EmbeddingError(code, "made up") }
            return EmbeddingBatch(vectors: texts.map { _ in 1 }, dimension: 1, tokenCounts: texts.map { _ in 1 })
        }

        func embed(tokens: [[Int32]], purpose: EmbeddingPurpose, caller: EmbeddingCaller) async throws -> EmbeddingBatch {
            throw EmbeddingError(.invalidTokens, "takes texts only")
        }
    }

    private struct Fixture {
        let catalog: CatalogStore
        let jobs: JobQueue
        let scope: TenantScope

        init(_ embedder: FailingEmbedder) async throws {
            catalog = try CatalogStore(file: TestPaths.scratch("outage").appending(path: "catalog.sqlite"))
            try await catalog.createTenant(.test("a"), name: "a")
            scope = try #require(try await catalog.scope(of: .test("a")))
            let pipeline = IngestPipeline(
                catalog: catalog, embedder: embedder, tokens: WordTokens(), workers: WorkerPool(name: "test", threads: 1, queueLimit: 100))
            jobs = JobQueue(
                pipeline: pipeline, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                pause: OutagePause(first: .milliseconds(1), longest: .milliseconds(2)))
        }

        /// The final stages of the jobs, in order, after the queue has completed them.
        func stages(of ids: [String]) async throws -> [JobRecord.Stage] {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { [jobs] in try? await jobs.run() }
                defer { group.cancelAll() }
                var stages: [JobRecord.Stage] = []
                for id in ids {
                    for await _ in jobs.signals(of: id) {
                        let stage = try await catalog.job(id, in: scope).stage
                        if stage.isFinal {
                            stages.append(stage)
                            break
                        }
                    }
                }
                return stages
            }
        }
    }

    @Test(arguments: [EmbeddingError.Code.remoteUnavailable, .remoteBusy, .remoteTimeout, .remoteInvalid, .overloaded])
    func noDocumentFailsBecauseOfIt(code: EmbeddingError.Code) async throws {
        // More failures than a job has attempts.
        let embedder = FailingEmbedder(code, times: 4)
        let fixture = try await Fixture(embedder)
        var ids: [String] = []
        for number in 0..<3 {
            let source = SourceDocument(id: .test("d\(number)"), title: nil, url: nil, metadata: [:], text: "text \(number)")
            ids.append(try await fixture.jobs.enqueue(source, in: fixture.scope))
        }
        #expect(try await fixture.stages(of: ids) == [.ready, .ready, .ready])
        // All three together in each attempt, never one by one.
        #expect(embedder.callCount == 5)
    }

    /// A document for which the provider never responds fails; the other documents are not delayed.
    @Test func aTextThatIsNeverAnsweredFailsAlone() async throws {
        let embedder = FailingEmbedder(.remoteTimeout, times: 0, poison: "text 1")
        let fixture = try await Fixture(embedder)
        var ids: [String] = []
        for number in 0..<4 {
            let source = SourceDocument(id: .test("d\(number)"), title: nil, url: nil, metadata: [:], text: "text \(number)")
            ids.append(try await fixture.jobs.enqueue(source, in: fixture.scope))
        }
        #expect(try await fixture.stages(of: ids) == [.ready, .failed, .ready, .ready])
        #expect(try await fixture.catalog.job(ids[1], in: fixture.scope).errorCode == "embedding_failed")
    }

    @Test func aDocumentThatIsRefusedFailsAlone() async throws {
        // First all together, then the first one alone.
        let fixture = try await Fixture(FailingEmbedder(.remoteRejected, times: 2))
        var ids: [String] = []
        for number in 0..<3 {
            let source = SourceDocument(id: .test("d\(number)"), title: nil, url: nil, metadata: [:], text: "text \(number)")
            ids.append(try await fixture.jobs.enqueue(source, in: fixture.scope))
        }
        #expect(try await fixture.stages(of: ids) == [.failed, .ready, .ready])
    }

    @Test func pausesGrowAndEnd() {
        let start = ContinuousClock.now
        var pause = OutagePause(first: .seconds(1), longest: .seconds(10))
        #expect(pause.isOver(at: start))
        var now = start
        for expected in [1.0, 2, 4, 8, 10, 10] {
            #expect(pause.begin(at: now) == .seconds(expected))
            #expect(!pause.isOver(at: now + .seconds(expected - 0.5)) && pause.isOver(at: now + .seconds(expected)))
            #expect(pause.begin(at: now + .seconds(0.5)) == nil, "a pause must not begin during another one")
            now += .seconds(expected)
        }
        #expect(pause.begin(at: now, asked: .seconds(30)) == .seconds(30))
        now += .seconds(30)
        #expect(pause.begin(at: now, asked: .seconds(1_000_000)) == .seconds(50))
        now += .seconds(50)
        for _ in 0..<100 { _ = pause.begin(at: now).map { now += $0 } }
        pause.reset()
        #expect(pause.isOver(at: start))
        #expect(pause.begin(at: start) == .seconds(1))
    }
}
