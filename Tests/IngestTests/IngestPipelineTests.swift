@_spi(ScopeMinting) import Catalog
import Citing
import Embeddings
import Extraction
import Foundation
import Ingest
import JSON
import Logging
import Scheduling
import Synchronization
import Tenancy
import TestSupport
import Testing

/// Embeds into one dimension, a few texts at a time like the real one; fails on texts that contain a certain word, and can be made to wait.
final class TestEmbedder: Embedder {
    let identity = ModelIdentity(name: "test", revision: "1", precision: "float32", dimension: 1, maxTokens: 64)
    private let gate = Mutex<AsyncStream<Void>?>(nil)
    private let calls = Mutex<[Int]>([])

    static let poison = "hemlock"
    static let maximumTexts = 600

    /// Sizes of the calls so far.
    var callSizes: [Int] { calls.withLock { $0 } }

    /// Blocks embedding until the returned function is called.
    func close() -> @Sendable () -> Void {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        gate.withLock { $0 = stream }
        return { continuation.finish() }
    }

    func embed(_ texts: [String], purpose: EmbeddingPurpose, caller: EmbeddingCaller) async throws -> EmbeddingBatch {
        if let gate = gate.withLock({ $0 }) { for await _ in gate {} }
        try Task.checkCancellation()
        calls.withLock { $0.append(texts.count) }
        if texts.count > Self.maximumTexts { throw EmbeddingError(.tooManyTexts, "\(texts.count)") }
        if texts.contains(where: { $0.contains(Self.poison) }) { throw EmbeddingError(.notFinite, "NaN") }
        return EmbeddingBatch(vectors: texts.map { _ in 1 }, dimension: 1, tokenCounts: texts.map { _ in 1 })
    }

    func embed(tokens: [[Int32]], purpose: EmbeddingPurpose, caller: EmbeddingCaller) async throws -> EmbeddingBatch {
        throw EmbeddingError(.invalidTokens, "takes texts only")
    }
}

/// Counts words.
struct WordTokens: TokenCounting {
    func tokenCount(_ text: Substring) -> Int { text.split(whereSeparator: \.isWhitespace).count }
}

struct PipelineFixture {
    let catalog: CatalogStore
    let embedder = TestEmbedder()
    let pipeline: IngestPipeline
    let jobs: JobQueue
    let a: TenantScope
    let b: TenantScope

    init() async throws {
        catalog = try CatalogStore(file: TestPaths.scratch("ingest").appending(path: "catalog.sqlite"))
        for name in ["a", "b"] { try await catalog.createTenant(.test(name), name: name) }
        a = try #require(try await catalog.scope(of: .test("a")))
        b = try #require(try await catalog.scope(of: .test("b")))
        pipeline = IngestPipeline(
            catalog: catalog, embedder: embedder, tokens: WordTokens(), workers: WorkerPool(name: "test", threads: 2, queueLimit: 1000))
        jobs = JobQueue(pipeline: pipeline, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    func source(_ id: String, _ text: String) -> SourceDocument {
        SourceDocument(id: .test(id), title: nil, url: nil, metadata: [:], text: text)
    }

    func ids(in scope: TenantScope) async throws -> [String] {
        try await catalog.documents(after: nil, limit: 100, in: scope).page.map(\.id.rawValue)
    }

    /// Waits for the job's final record; the queue must be running.
    func finished(_ job: String, in scope: TenantScope) async throws -> JobRecord {
        for await _ in jobs.signals(of: job) {
            let record = try await catalog.job(job, in: scope)
            if record.stage.isFinal { return record }
        }
        throw CancellationError()
    }

    /// Runs the queue during `body`.
    func working<Value: Sendable>(_ body: @Sendable @escaping () async throws -> Value) async throws -> Value {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [jobs] in try? await jobs.run() }
            defer { group.cancelAll() }
            return try await body()
        }
    }
}

@Suite(.timeLimit(.minutes(10))) struct IngestPipelineTests {
    @Test func aLongDocumentIsEmbeddedInSlices() async throws {
        let fixture = try await PipelineFixture()
        let text = (0..<5000).map { "Paragraph \($0) " + String(repeating: "word ", count: 40) }.joined(separator: "\n\n")
        let outcomes = try await fixture.pipeline.ingest([fixture.source("long", text)], in: fixture.a)
        let chunks = try outcomes[0].get().embedded
        #expect(chunks > 4096 && fixture.embedder.callSizes.reduce(0, +) == chunks)
        #expect(fixture.embedder.callSizes.allSatisfy { $0 <= 512 })
        #expect(try await fixture.catalog.document(.test("long"), in: fixture.a).chunkCount == chunks)
    }

    @Test func eachDocumentOfABatchFailsAlone() async throws {
        let fixture = try await PipelineFixture()
        let outcomes = try await fixture.pipeline.ingest(
            [
                fixture.source("1", "one"), fixture.source("2", "a cup of \(TestEmbedder.poison)"), fixture.source("3", "three"),
                SourceDocument(id: .test("4"), bytes: [0x25, 0x50, 0x44, 0x46, 0x2D], contentType: nil),
            ], in: fixture.a)
        #expect(outcomes.map { (try? $0.get()) != nil } == [true, false, true, false])
        #expect(try await fixture.ids(in: fixture.a) == ["1", "3"])
    }

    @Test func aPageThatMovedIsStoredWithoutEmbeddingAnew() async throws {
        let fixture = try await PipelineFixture()
        func pages(_ separators: [String]) async throws -> (counts: ChunkCounts, pages: [Int?]) {
            let paragraphs = (0..<3).map { place in Array(repeating: "word\(place)", count: 40).joined(separator: " ") }
            let text = paragraphs[0] + separators[0] + paragraphs[1] + separators[1] + paragraphs[2]
            let counts = try await fixture.pipeline.ingest([fixture.source("d", text)], in: fixture.a)[0].get()
            let chunks = try await fixture.catalog.documentWithSpans(.test("d"), in: fixture.a).chunks
            return (counts, chunks.map { $0.parts.place?.page })
        }
        let first = try await pages(["\n\u{C}\n", "\n\n"])
        #expect(first.pages == [1, 2, 2] && first.counts == ChunkCounts(embedded: 3))
        let second = try await pages(["\n\n", "\n\u{C}\n"])
        #expect(second.pages == [1, 1, 2] && second.counts == ChunkCounts(reused: 3))
        let third = try await pages(["\n\n", "\n\n"])
        #expect(third.pages == [nil, nil, nil] && third.counts == ChunkCounts(reused: 3))
    }

    @Test func aCheckpointThatThrowsKeepsTheBatchOut() async throws {
        struct Revoked: Error {}
        let fixture = try await PipelineFixture()
        await #expect(throws: Revoked.self) {
            try await fixture.pipeline.ingest([fixture.source("1", "one")], in: fixture.a) { throw Revoked() }
        }
        #expect(try await fixture.ids(in: fixture.a).isEmpty)
    }

    @Test(arguments: ["%PDF-1.4 is how a PDF file starts", "GIF89a is an image format", #"{\rtf1 hi}"#, "<html> is a tag", "PK\u{3}\u{4}"])
    func textOutOfJSONIsTextWhateverItLooksLike(text: String) async throws {
        let fixture = try await PipelineFixture()
        _ = try await fixture.pipeline.ingest([fixture.source("1", text)], in: fixture.a)[0].get()
        #expect(try await fixture.catalog.documentWithText(.test("1"), in: fixture.a).text == text)
    }
}

@Suite(.timeLimit(.minutes(10))) struct JobQueueTests {
    @Test func everyWaiterHearsOfADeletion() async throws {
        let fixture = try await PipelineFixture()
        let open = fixture.embedder.close()
        let slow = try await fixture.jobs.enqueue(fixture.source("slow", "slow"), in: fixture.a)
        let first = try await fixture.jobs.enqueue(fixture.source("d", "one"), in: fixture.a)
        let second = try await fixture.jobs.enqueue(fixture.source("d", "two"), in: fixture.a)
        let stages = try await fixture.working {
            async let ends = [fixture.finished(first, in: fixture.a), fixture.finished(second, in: fixture.a)]
            #expect(try await fixture.jobs.delete(.test("d"), in: fixture.a))
            let stages = try await ends.map(\.stage)
            open()
            #expect(try await fixture.finished(slow, in: fixture.a).stage == .ready)
            return stages
        }
        #expect(stages == [.cancelled, .cancelled])
        #expect(try await fixture.ids(in: fixture.a) == ["slow"])
    }

    @Test func oneTenantsLongWorkDoesNotHoldUpAnothers() async throws {
        let fixture = try await PipelineFixture()
        let poisoned = try await fixture.jobs.enqueue(fixture.source("p", TestEmbedder.poison), in: fixture.a)
        let beside = try await fixture.jobs.enqueue(fixture.source("q", "fine"), in: fixture.a)
        let other = try await fixture.jobs.enqueue(fixture.source("d", "one"), in: fixture.b)
        try await fixture.working {
            #expect(try await fixture.finished(other, in: fixture.b).stage == .ready)
            #expect(try await fixture.finished(beside, in: fixture.a).stage == .ready)
            let failed = try await fixture.finished(poisoned, in: fixture.a)
            #expect(failed.stage == .failed && failed.errorCode == "internal")
        }
    }

    @Test func aStopPutsBackWhatIsNotDone() async throws {
        let fixture = try await PipelineFixture()
        _ = fixture.embedder.close()
        let job = try await fixture.jobs.enqueue(fixture.source("d", "one"), in: fixture.a)
        try await fixture.working {
            for await _ in fixture.jobs.signals(of: job) {
                if try await fixture.catalog.job(job, in: fixture.a).stage == .running { break }
            }
        }
        let record = try await fixture.catalog.job(job, in: fixture.a)
        #expect(record.stage == .queued)
        #expect(try await fixture.catalog.claimJobs(after: nil, limit: 1, payloadLimit: 9).first?.attempts == 1)
    }
}
