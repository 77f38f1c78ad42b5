@_spi(ScopeMinting) import Catalog
import Foundation
import Ingest
import JSON
import Logging
import Originals
import Scheduling
import Synchronization
import Tenancy
import TestSupport
import Testing

/// A store in memory, which may be full.
private final class MemoryStore: OriginalStore {
    private struct Reader: OriginalReader {
        let all: [UInt8]
        var size: Int { all.count }
        func bytes(in range: Range<Int>) -> [UInt8] { Array(all[range]) }
    }

    let originals = Mutex<[OriginalKey: [UInt8]]>([:])
    let isFull = Mutex(false)

    var keys: Set<OriginalKey> { originals.withLock { Set($0.keys) } }

    func put(_ bytes: [UInt8], as key: OriginalKey) async throws {
        if isFull.withLock({ $0 }) { throw OriginalError(.full, "no space") }
        originals.withLock { $0[key] = bytes }
    }
    func open(_ key: OriginalKey) async throws -> (any OriginalReader)? { originals.withLock { $0[key] }.map { Reader(all: $0) } }
    func remove(_ key: OriginalKey) async throws { originals.withLock { $0[key] = nil } }
    func removeAll(of owner: String) async throws { originals.withLock { $0 = $0.filter { $0.key.owner != owner } } }
    func owners() async throws -> [String] { Set(keys.map(\.owner)).sorted() }
    func keys(of owner: String) async throws -> [OriginalKey] { keys.filter { $0.owner == owner } }
}

@Suite(.timeLimit(.minutes(10))) struct OriginalTests {
    private let catalog: CatalogStore
    private let file: URL
    private let store = MemoryStore()
    private let keeper: OriginalKeeper
    private let pipeline: IngestPipeline
    private let embedder = TestEmbedder()
    private let a: TenantScope
    private let b: TenantScope

    init() async throws {
        file = try TestPaths.scratch("kept").appending(path: "catalog.sqlite")
        catalog = try CatalogStore(file: file)
        for name in ["a", "b"] { try await catalog.createTenant(.test(name), name: name) }
        a = try #require(try await catalog.scope(of: .test("a")))
        b = try #require(try await catalog.scope(of: .test("b")))
        (keeper, pipeline) = Self.pipeline(catalog, store, embedder)
    }

    private static func pipeline(
        _ catalog: CatalogStore, _ store: MemoryStore, _ embedder: TestEmbedder, keepsNew: Bool = true
    ) -> (OriginalKeeper, IngestPipeline) {
        let keeper = OriginalKeeper(
            catalog: catalog, store: store, keepsNew: keepsNew, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let pipeline = IngestPipeline(
            catalog: catalog, embedder: embedder, tokens: WordTokens(), workers: WorkerPool(name: "test", threads: 2, queueLimit: 1000),
            originals: keeper)
        return (keeper, pipeline)
    }

    private func upload(_ id: String, _ text: String, type: String? = "text/plain", name: String? = nil) -> SourceDocument {
        SourceDocument(id: .test(id), bytes: Array(text.utf8), contentType: type, fileName: name)
    }

    private func original(_ id: String, _ scope: TenantScope) async throws -> [UInt8]? {
        guard let record = try await catalog.documentWithOriginal(.test(id), in: scope).original else { return nil }
        let reader = try #require(try await keeper.open(record, in: scope))
        return try await reader.bytes(in: 0..<reader.size)
    }

    @Test func theBytesOfAnUploadAreKept() async throws {
        let uploads = [upload("d", "\u{FEFF}one\r\ntwo", name: "ä.txt"), upload("m", "# x", type: nil, name: "m.md")]
        _ = try await pipeline.ingest(uploads, in: a)
        #expect(try await original("d", a) == Array("\u{FEFF}one\r\ntwo".utf8))
        let record = try #require(try await catalog.documentWithOriginal(.test("d"), in: a).original)
        #expect(record.mediaType == "text/plain" && record.fileName == "ä.txt" && record.bytes == 11)
        #expect(try await catalog.documentWithOriginal(.test("m"), in: a).original?.mediaType == "text/markdown")
        await #expect(throws: CatalogError.self) { try await catalog.documentWithOriginal(.test("d"), in: b) }
        #expect(try await keeper.open(record, in: b) == nil)
    }

    @Test func aTextFromJSONIsNoFile() async throws {
        _ = try await pipeline.ingest([SourceDocument(id: .test("d"), title: nil, url: nil, metadata: [:], text: "one")], in: a)
        #expect(try await catalog.documentWithOriginal(.test("d"), in: a).original == nil && store.keys.isEmpty)
    }

    @Test func equalFilesAreOneAndGoWithTheLast() async throws {
        _ = try await pipeline.ingest([upload("1", "same"), upload("2", "same")], in: a)
        _ = try await pipeline.ingest([upload("1", "same")], in: b)
        #expect(store.keys.count == 2)
        _ = try await catalog.deleteDocument(.test("1"), in: a)
        await keeper.removeReleased()
        #expect(store.keys.count == 2)
        #expect(try await original("2", a) == Array("same".utf8))
        _ = try await pipeline.ingest([upload("2", "other")], in: a)
        await keeper.removeReleased()
        #expect(store.keys.count == 2)
        #expect(try await original("2", a) == Array("other".utf8))
        #expect(try await original("1", b) == Array("same".utf8))
        _ = try await pipeline.ingest([upload("2", "other")], in: a)
        await keeper.removeReleased()
        #expect(try await original("2", a) == Array("other".utf8))
        try await catalog.deleteTenant(b.tenant)
        await keeper.removeReleased()
        #expect(store.keys.map(\.owner) == [a.incarnation])
        #expect(try await catalog.releasedOriginals(limit: 9).isEmpty)
    }

    @Test func aVersionWithoutAFileReleasesTheFile() async throws {
        _ = try await pipeline.ingest([upload("d", "file")], in: a)
        let (_, without) = Self.pipeline(catalog, store, embedder, keepsNew: false)
        _ = try await without.ingest([upload("d", "file")], in: a)
        await keeper.removeReleased()
        #expect(store.keys.isEmpty)
        #expect(try await catalog.documentWithOriginal(.test("d"), in: a).original == nil)
    }

    @Test func nothingIsLeftOfAnUploadThatFails() async throws {
        let outcomes = try await pipeline.ingest([upload("d", "a cup of \(TestEmbedder.poison)"), upload("empty", "  ")], in: a)
        #expect(outcomes.allSatisfy { (try? $0.get()) == nil } && store.keys.isEmpty)
        struct Stop: Error {}
        await #expect(throws: Stop.self) { try await pipeline.ingest([upload("d", "one")], in: a) { throw Stop() } }
        #expect(store.keys.isEmpty)
    }

    @Test func aFullStoreIsAnErrorOfTheStorage() async throws {
        store.isFull.withLock { $0 = true }
        let error = await #expect(throws: CatalogError.self) { try await pipeline.ingest([upload("d", "one")], in: a) }
        #expect(error?.code == .storageFull)
        await #expect(throws: CatalogError.self) { try await catalog.document(.test("d"), in: a) }
    }

    /// An upload of the same bytes runs while the document that had them is deleted.
    @Test func aReleaseSparesWhatAnUploadHolds() async throws {
        _ = try await pipeline.ingest([upload("old", "same")], in: a)
        _ = try await pipeline.ingest([upload("new", "same")], in: a) { [catalog, keeper, a] in
            _ = try await catalog.deleteDocument(.test("old"), in: a)
            await keeper.removeReleased()
        }
        #expect(try await original("new", a) == Array("same".utf8))
        await keeper.removeReleased()
        #expect(try await original("new", a) == Array("same".utf8))
        #expect(try await catalog.releasedOriginals(limit: 9).isEmpty)
    }

    @Test func theStartRemovesWhatNothingRefersTo() async throws {
        _ = try await pipeline.ingest([upload("d", "kept")], in: a)
        let kept = store.keys
        for owner in [a.incarnation, "gone"] {
            let stray = try #require(OriginalKey(owner: owner, digest: String(repeating: "0", count: 64)))
            try await store.put([1], as: stray)
        }
        await keeper.sweep()
        #expect(store.keys == kept)
    }

    @Test func theCheckFindsAMissingFile() async throws {
        _ = try await pipeline.ingest([upload("d", "kept"), upload("e", "gone")], in: a)
        let gone = try #require(try await catalog.documentWithOriginal(.test("e"), in: a).original?.digest)
        #expect(try CatalogCheck(file: file) { _, _, _ in true }.isSound)
        let check = try CatalogCheck(file: file) { owner, digest, bytes in owner == a.incarnation && digest != gone && bytes == 4 }
        #expect(check.findings.map(\.kind) == [.original])
        #expect(check.findings.first?.detail == "the original of document e of tenant a is missing")
    }

    @Test func jobsKeepOriginalsToo() async throws {
        let jobs = JobQueue(pipeline: pipeline, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let job = try await jobs.enqueue(upload("d", "one"), in: a)
        let run = Task { try await jobs.run() }
        for await _ in jobs.signals(of: job) where try await catalog.job(job, in: a).stage.isFinal { break }
        #expect(try await original("d", a) == Array("one".utf8))
        _ = try await jobs.delete(.test("d"), in: a)
        #expect(store.keys.isEmpty)
        run.cancel()
        try await run.value
    }
}
