@_spi(ScopeMinting) import Catalog
import Embeddings
import Foundation
import Ingest
import JSON
import Logging
import Scheduling
import Tenancy
import TestSupport
import Testing

/// Uploads when the process that works on them ends; these are real processes killed with SIGKILL.
@Suite(.timeLimit(.minutes(10))) struct InterruptionTests {
    static let batch = 32
    static let deadly = 17

    /// Kills the process when it reads a certain word.
    private struct DeadlyEmbedder: Embedder {
        static let word = "deathcap"
        let identity = ModelIdentity(name: "test", revision: "1", precision: "float32", dimension: 1, maxTokens: 64)

        func embed(_ texts: [String], purpose: EmbeddingPurpose, caller: EmbeddingCaller) async throws -> EmbeddingBatch {
            if texts.contains(where: { $0.contains(Self.word) }) { kill(getpid(), SIGKILL) }
            return EmbeddingBatch(vectors: texts.map { _ in 1 }, dimension: 1, tokenCounts: texts.map { _ in 1 })
        }

        func embed(tokens: [[Int32]], purpose: EmbeddingPurpose, caller: EmbeddingCaller) async throws -> EmbeddingBatch {
            throw EmbeddingError(.invalidTokens, "takes texts only")
        }
    }

    private static func queue(_ catalog: CatalogStore) -> JobQueue {
        let pipeline = IngestPipeline(
            catalog: catalog, embedder: DeadlyEmbedder(), tokens: WordTokens(),
            workers: WorkerPool(name: "test", threads: 2, queueLimit: 100))
        return JobQueue(pipeline: pipeline, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Runs a process until all these jobs have ended.
    private static func life(catalogPath: String, jobs ids: [String]) async throws {
        let catalog = try CatalogStore(file: URL(filePath: catalogPath))
        guard let scope = try await catalog.scope(of: .test("a")) else { throw CatalogError(.tenantNotFound, "a") }
        let queue = queue(catalog)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await queue.run() }
            for id in ids {
                for await _ in queue.signals(of: id) where try await catalog.job(id, in: scope).stage.isFinal { break }
            }
            group.cancelAll()
        }
    }

    private static func killed(catalogPath: String, jobs: [String]) async {
        await #expect(processExitsWith: .signal(SIGKILL)) { [catalogPath = catalogPath as String, jobs = jobs as [String]] in
            try await InterruptionTests.life(catalogPath: catalogPath, jobs: jobs)
        }
    }

    private static func completed(catalogPath: String, jobs: [String]) async {
        await #expect(processExitsWith: .success) { [catalogPath = catalogPath as String, jobs = jobs as [String]] in
            try await InterruptionTests.life(catalogPath: catalogPath, jobs: jobs)
        }
    }

    @Test func onlyTheDeadlyOneOfABatchFailsAndItsUploadIsKept() async throws {
        let path = try TestPaths.scratch("interruption").appending(path: "catalog.sqlite").path
        let catalog = try CatalogStore(file: URL(filePath: path))
        try await catalog.createTenant(.test("a"), name: "a")
        let scope = try #require(try await catalog.scope(of: .test("a")))
        // Accepts uploads, and never runs.
        let queue = Self.queue(catalog)
        var ids: [String] = []
        for number in 0..<Self.batch {
            let source = SourceDocument(
                id: .test("d\(number)"), title: nil, url: nil, metadata: [:],
                text: "text \(number)" + (number == Self.deadly ? " " + DeadlyEmbedder.word : ""))
            ids.append(try await queue.enqueue(source, in: scope))
        }
        // Once in the batch, which does not count as an attempt, then as many times as it may run alone.
        for _ in 0..<(1 + JobQueue.maximumInterruptions) { await Self.killed(catalogPath: path, jobs: ids) }
        await Self.completed(catalogPath: path, jobs: ids)
        for (number, id) in ids.enumerated() {
            let job = try await catalog.job(id, in: scope)
            #expect(job.stage == (number == Self.deadly ? .failed : .ready), "\(number): \(job)")
        }
        let failed = try await catalog.job(ids[Self.deadly], in: scope)
        #expect(failed.errorCode == "interrupted" && failed.isRetryable)
        #expect(failed.errorDetail?.contains("stopped 3 times") == true)

        // A manual retry gives one more attempt, and no more.
        _ = try await catalog.retryJob(failed.id, in: scope)
        await Self.killed(catalogPath: path, jobs: [failed.id])
        await Self.completed(catalogPath: path, jobs: [failed.id])
        #expect(try await catalog.job(failed.id, in: scope).isRetryable)
    }
}
