@_spi(ScopeMinting) import Catalog
import Citing
import Embeddings
import Foundation
import Index
import JSON
import Logging
import Retrieval
import Scheduling
import Tenancy
import TestSupport
import Testing

/// Embeds by counting words of a small vocabulary: enough meaning to rank by, without a model.
struct WordCounter: Embedder {
    static let words = ["red", "green", "blue", "fish", "bird", "tree", "sea", "sky"]
    let identity = ModelIdentity(name: "words", revision: "1", precision: "float32", dimension: words.count, maxTokens: 64)

    func embed(_ texts: [String], purpose: EmbeddingPurpose, caller: EmbeddingCaller) async throws -> EmbeddingBatch {
        EmbeddingBatch(vectors: texts.flatMap(Self.vector), dimension: Self.words.count, tokenCounts: texts.map(\.count))
    }

    func embed(tokens: [[Int32]], purpose: EmbeddingPurpose, caller: EmbeddingCaller) async throws -> EmbeddingBatch {
        throw EmbeddingError(.invalidTokens, "takes texts only")
    }

    static func vector(_ text: String) -> [Float] {
        let parts = text.lowercased().split { !$0.isLetter }
        let counts = words.map { word in Float(parts.count { $0 == word }) + 0.01 }
        let norm = counts.map { $0 * $0 }.reduce(0, +).squareRoot()
        return counts.map { $0 / norm }
    }
}

/// A catalog, indexes and a retriever in one folder.
struct RetrievalFixture {
    let folder: URL
    let catalog: CatalogStore
    let indexes: IndexRegistry
    let retriever: Retriever
    let a: TenantScope
    let b: TenantScope

    init(folder: URL? = nil) async throws {
        let isNew = folder == nil
        self.folder = try folder ?? TestPaths.scratch("retrieval")
        let directory = DataDirectory(self.folder)
        catalog = try CatalogStore(file: directory.catalog)
        if isNew { for name in ["a", "b"] { try await catalog.createTenant(.test(name), name: "") } }
        a = try #require(try await catalog.scope(of: .test("a")))
        b = try #require(try await catalog.scope(of: .test("b")))
        let embedder = WordCounter()
        indexes = IndexRegistry(
            catalog: catalog, directory: directory, model: embedder.identity.tag, dimension: embedder.identity.dimension,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        retriever = Retriever(
            catalog: catalog, indexes: indexes, embedder: embedder,
            workers: WorkerPool(name: "test", threads: 2, queueLimit: 1000))
    }

    /// Returns the files of the folder that contain these bytes.
    func filesWith(_ needle: [UInt8]) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { name in
            (try? Data(contentsOf: folder.appending(path: name)))?.range(of: Data(needle)) != nil
        }
    }

    /// Writes a document with one chunk per paragraph.
    func write(_ id: String, _ text: String, metadata: JSONObject = [:], in scope: TenantScope) async throws {
        var start = 0
        let chunks = text.components(separatedBy: "\n\n").map { part in
            defer { start += part.utf8.count + 2 }
            return NewChunk(
                Chunk(span: start..<start + part.utf8.count, text: part, tokenCount: 1), hash: Array(part.utf8),
                vector: WordCounter.vector(part))
        }
        let version = DocumentVersion(
            id: .test(id), title: nil, url: nil, metadata: metadata, mediaType: "text/plain", text: text, chunks: chunks)
        _ = try await catalog.commit([version], model: WordCounter().identity.tag, in: scope)
    }

    func found(_ query: String, mode: SearchMode = .hybrid, limit: Int = 10, grouped: Bool = false, in scope: TenantScope) async throws
        -> [String]
    {
        try await retriever.search(
            SearchRequest(query: query, limit: limit, mode: mode, groupsByDocument: grouped), in: scope
        ).map(\.document.id.rawValue)
    }
}

@Suite(.timeLimit(.minutes(10))) struct IndexRegistryTests {
    @Test(arguments: SearchMode.allCases) func whatIsCommittedIsFoundAtOnceAndByItsTenantOnly(mode: SearchMode) async throws {
        let fixture = try await RetrievalFixture()
        #expect(try await fixture.found("red fish", mode: mode, in: fixture.a).isEmpty)
        try await fixture.write("1", "a red fish in the sea", in: fixture.a)
        try await fixture.write("2", "a green bird in the sky", in: fixture.a)
        try await fixture.write("1", "blue tree", in: fixture.b)
        #expect(try await fixture.found("red fish", mode: mode, in: fixture.a).first == "1")
        #expect(try await fixture.found("red fish", mode: .lexical, in: fixture.b).isEmpty)
        #expect(try await fixture.catalog.deleteDocument(.test("1"), in: fixture.a).existed)
        #expect(try await fixture.found("red fish", mode: mode, in: fixture.a).contains("1") == false)
    }

    @Test func aNewProcessFindsTheSameWithAndWithoutItsFiles() async throws {
        let fixture = try await RetrievalFixture()
        for number in 0..<40 { try await fixture.write("d\(number)", "\(WordCounter.words[number % 8]) number\(number)", in: fixture.a) }
        let before = try await fixture.found("bird number4", in: fixture.a)
        await fixture.indexes.save()
        try await fixture.write("late", "bird bird bird number4", in: fixture.a)
        try fixture.catalog.close()

        let second = try await RetrievalFixture(folder: fixture.folder)
        #expect(try await second.found("bird number4", in: fixture.a).contains("late"))
        #expect(try await second.catalog.deleteDocument(.test("late"), in: fixture.a).existed)
        #expect(try await second.found("bird number4", in: fixture.a) == before)
        try second.catalog.close()

        let indexes = DataDirectory(fixture.folder).indexes
        for name in try FileManager.default.subpathsOfDirectory(atPath: indexes.path) {
            let file = indexes.appending(path: name)
            guard var bytes = try? Data(contentsOf: file), bytes.count > 200 else { continue }
            bytes[bytes.count / 2] ^= 0x40
            try bytes.write(to: file)
        }
        let third = try await RetrievalFixture(folder: fixture.folder)
        #expect(try await third.found("bird number4", in: fixture.a) == before)
        try third.catalog.close()
        try FileManager.default.removeItem(at: indexes)
        let fourth = try await RetrievalFixture(folder: fixture.folder)
        #expect(try await fourth.found("bird number4", in: fixture.a) == before)
    }

    @Test func aTenantMadeAgainDoesNotInheritTheOldIndex() async throws {
        let fixture = try await RetrievalFixture()
        try await fixture.write("1", "red fish", in: fixture.a)
        #expect(try await fixture.found("red", in: fixture.a) == ["1"])
        await fixture.indexes.save()
        try await fixture.catalog.deleteTenant(fixture.a.tenant)
        await #expect(throws: CatalogError.self) { try await fixture.found("red", in: fixture.a) }
        try await fixture.catalog.createTenant(fixture.a.tenant, name: "again")
        let again = try #require(try await fixture.catalog.scope(of: fixture.a.tenant))
        #expect(try await fixture.found("red", in: again).isEmpty)
        try await fixture.write("2", "red tree", in: again)
        #expect(try await fixture.found("red", in: again) == ["2"])
        await #expect(throws: CatalogError.self) { try await fixture.found("red", in: fixture.a) }
    }

    @Test func nothingOfADeletedTenantIsWrittenAgainOrStays() async throws {
        let fixture = try await RetrievalFixture()
        try await fixture.write("1", "red fish", in: fixture.a)
        #expect(try await fixture.found("red", in: fixture.a) == ["1"])
        await fixture.indexes.save()
        try await fixture.write("2", "red fish", in: fixture.a)
        #expect(try await fixture.found("red", in: fixture.a).count == 2)
        try await fixture.catalog.deleteTenant(fixture.a.tenant)
        await fixture.indexes.save()
        let indexes = DataDirectory(fixture.folder).indexes
        let left = (try? FileManager.default.subpathsOfDirectory(atPath: indexes.path)) ?? []
        #expect(left.filter { $0.hasSuffix(".index") } == [])
        try await fixture.indexes.sweep()
        #expect(!FileManager.default.fileExists(atPath: indexes.appending(path: "a").path))
    }

    /// After compaction, the text, its words and its vector are in no file of the data directory.
    @Test func whatIsDeletedIsInNoFileAfterCompaction() async throws {
        let fixture = try await RetrievalFixture()
        for number in 0..<200 { try await fixture.write("d\(number)", "red zyzzyva\(number) fish", in: fixture.a) }
        try await fixture.write("kept", "a quokkaberg in a tree", in: fixture.a)
        #expect(try await fixture.found("zyzzyva7", in: fixture.a).first == "d7")
        await fixture.indexes.save()
        let vector = WordCounter.vector("red zyzzyva7 fish").flatMap { value in
            (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
        }
        for needle in [Array("zyzzyva".utf8), Array("quokkaberg".utf8), vector] {
            #expect(try fixture.filesWith(needle).count >= 2, "the catalog and the index must contain it")
        }
        for number in 0..<200 { _ = try await fixture.catalog.deleteDocument(.test("d\(number)"), in: fixture.a) }
        // Completes the maintenance that started when the index was opened.
        try await fixture.indexes.maintain(in: fixture.a)
        #expect(try await fixture.indexes.statistics(in: fixture.a).deletedRows == 0)
        #expect(try fixture.filesWith(Array("zyzzyva".utf8)) == [])
        #expect(try fixture.filesWith(vector) == [])
        #expect(try fixture.filesWith(Array("quokkaberg".utf8)).count >= 2)
    }

    @Test func groupingLooksDeepEnough() async throws {
        let fixture = try await RetrievalFixture()
        try await fixture.write("big", (0..<600).map { "red fish \($0)" }.joined(separator: "\n\n"), in: fixture.a)
        for number in 0..<5 { try await fixture.write("s\(number)", "red tree \(number)", in: fixture.a) }
        for mode in SearchMode.allCases {
            let found = try await fixture.found("red fish", mode: mode, limit: 5, grouped: true, in: fixture.a)
            #expect(found.first == "big" && Set(found).count == 5, "\(mode)")
        }
        #expect(Set(try await fixture.found("red fish", limit: 100, grouped: true, in: fixture.a)).count == 6)
    }

    @Test func aFilterKeepsOthersOut() async throws {
        let fixture = try await RetrievalFixture()
        for number in 0..<10 { try await fixture.write("d\(number)", "red fish", metadata: ["n": .init(number)], in: fixture.a) }
        var request = SearchRequest(query: "red fish", limit: 10)
        request.filter = .compare(key: "n", .gte, 8)
        for mode in SearchMode.allCases {
            request.mode = mode
            #expect(try await fixture.retriever.search(request, in: fixture.a).map(\.document.id.rawValue).sorted() == ["d8", "d9"])
        }
        request.filter = .compare(key: "n", .gt, 100)
        #expect(try await fixture.retriever.search(request, in: fixture.a).isEmpty)
    }

    /// A filter's result is cached for the next search, but never across a change, and never for another tenant.
    @Test func aFilterThatIsAskedAgainFollowsTheDocuments() async throws {
        let fixture = try await RetrievalFixture()
        var request = SearchRequest(query: "red fish", limit: 10)
        request.filter = .compare(key: "kind", .eq, "new")
        func found(in scope: TenantScope) async throws -> [String] {
            try await fixture.retriever.search(request, in: scope).map(\.document.id.rawValue).sorted()
        }
        try await fixture.write("1", "red fish", metadata: ["kind": "new"], in: fixture.a)
        try await fixture.write("2", "red fish", metadata: ["kind": "old"], in: fixture.a)
        try await fixture.write("3", "red fish", metadata: ["kind": "new"], in: fixture.b)
        for _ in 0..<2 {
            #expect(try await found(in: fixture.a) == ["1"])
            #expect(try await found(in: fixture.b) == ["3"])
        }
        try await fixture.write("2", "red fish", metadata: ["kind": "new"], in: fixture.a)
        #expect(try await found(in: fixture.a) == ["1", "2"])
        try await fixture.write("1", "red fish", metadata: ["kind": "old"], in: fixture.a)
        #expect(try await found(in: fixture.a) == ["2"])
        #expect(try await fixture.catalog.deleteDocument(.test("2"), in: fixture.a).existed)
        #expect(try await found(in: fixture.a).isEmpty)
        #expect(try await found(in: fixture.b) == ["3"])
    }

    @Test func refusesWhatCannotBeSearchedFor() async throws {
        let fixture = try await RetrievalFixture()
        let requests = [
            SearchRequest(query: " \n\u{3000}"), SearchRequest(query: ""), SearchRequest(query: "x", limit: 0),
            SearchRequest(query: "x", limit: 101), SearchRequest(query: String(repeating: "x", count: 16_385)),
        ]
        for request in requests {
            await #expect(throws: JSONFieldError.self) { try await fixture.retriever.search(request, in: fixture.a) }
        }
    }
}
