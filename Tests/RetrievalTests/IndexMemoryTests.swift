@_spi(ScopeMinting) import Catalog
import Citing
import Embeddings
import Foundation
import Index
import JSON
import Logging
import Retrieval
import Tenancy
import TestSupport
import Testing

/// Many tenants with a memory budget.
@Suite(.timeLimit(.minutes(10))) struct IndexMemoryTests {
    private static let tenants = 40

    /// A catalog with a few passages for each of many tenants.
    private struct Fixture {
        let folder: URL
        let catalog: CatalogStore
        let scopes: [TenantScope]

        init() async throws {
            folder = try TestPaths.scratch("memory")
            catalog = try CatalogStore(file: DataDirectory(folder).catalog)
            var scopes: [TenantScope] = []
            for number in 0..<IndexMemoryTests.tenants {
                let id = TenantID.test("t\(number)")
                try await catalog.createTenant(id, name: "")
                let scope = try #require(try await catalog.scope(of: id))
                scopes.append(scope)
            }
            self.scopes = scopes
            for (number, scope) in scopes.enumerated() {
                for document in 0..<6 {
                    try await write("d\(document)", (0..<8).map { IndexMemoryTests.text(number, document, $0) }, in: scope)
                }
            }
        }

        func write(_ id: String, _ texts: [String], in scope: TenantScope) async throws {
            var start = 0
            let chunks = texts.map { text in
                defer { start += text.utf8.count + 2 }
                return NewChunk(
                    Chunk(span: start..<start + text.utf8.count, text: text, tokenCount: 1), hash: Array(text.utf8),
                    vector: WordCounter.vector(text))
            }
            let version = DocumentVersion(
                id: .test(id), title: nil, url: nil, metadata: [:], mediaType: "text/plain", text: texts.joined(separator: "\n\n"),
                chunks: chunks)
            _ = try await catalog.commit([version], model: WordCounter().identity.tag, in: scope)
        }

        func indexes(budget: Int, _ options: IndexOptions = IndexOptions()) -> IndexRegistry {
            IndexRegistry(
                catalog: catalog, directory: DataDirectory(folder), model: WordCounter().identity.tag,
                dimension: WordCounter.words.count, options: options, memoryBudget: budget,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        }
    }

    private static func text(_ tenant: Int, _ document: Int, _ chunk: Int) -> String {
        let words = WordCounter.words
        return "\(words[(tenant + chunk) % 8]) \(words[(document * 3 + chunk) % 8]) tenant\(tenant) number\(document)x\(chunk)"
    }

    private struct Answer: Equatable {
        let dense: [IndexHit]
        let lexical: [IndexHit]
    }

    private func ask(_ index: CollectionIndex, _ tenant: Int) throws -> Answer {
        let query = "\(WordCounter.words[tenant % 8]) sea tenant\(tenant) number3x\(tenant % 8)"
        return Answer(
            dense: try index.read { view in try view.searchDense(WordCounter.vector(query), limit: 10, filter: nil) }.hits,
            lexical: index.read { view in view.searchLexical(view.weighted(QueryTerms(query)), limit: 10, filter: nil) })
    }

    @Test func randomAccessStaysWithinATenthOfTheSize() async throws {
        let fixture = try await Fixture()
        let roomy = fixture.indexes(budget: .max)
        var right: [Answer] = []
        for (tenant, scope) in fixture.scopes.enumerated() {
            right.append(try ask(try await roomy.current(in: scope), tenant))
        }
        let total = roomy.memory.used
        #expect(roomy.memory.openIndexes == Self.tenants)
        await roomy.save()

        let budget = total / 10
        let tight = fixture.indexes(budget: budget)
        var rng = SplitMix64(seed: 1)
        for step in 0..<600 {
            let tenant = Int.random(in: 0..<Self.tenants, using: &rng)
            #expect(try ask(try await tight.current(in: fixture.scopes[tenant]), tenant) == right[tenant], "step \(step)")
            let memory = tight.memory
            #expect(memory.used <= budget && memory.openIndexes >= 1, "step \(step): \(memory)")
        }
        #expect(tight.memory.openIndexes < Self.tenants / 4)
    }

    /// Unsaved changes are saved before an index is closed, and a later change is visible when it is opened again.
    @Test func aClosedIndexComesBackWithItsChanges() async throws {
        let fixture = try await Fixture()
        let indexes = fixture.indexes(budget: 0)
        let files = FileManager.default
        for (tenant, scope) in fixture.scopes.enumerated() {
            let before = try ask(try await indexes.current(in: scope), tenant)
            #expect(before.dense.count == 10)
        }
        // With a budget of 0, only the last index stays open.
        #expect(indexes.memory.openIndexes == 1)
        let saved = try files.subpathsOfDirectory(atPath: DataDirectory(fixture.folder).indexes.path).filter { $0.hasSuffix(".index") }
        #expect(saved.count >= Self.tenants - 1)
        try await fixture.write("late", ["late latecomer"], in: fixture.scopes[0])
        let index = try await indexes.current(in: fixture.scopes[0])
        #expect(index.read { view in view.searchLexical(view.weighted(QueryTerms("latecomer")), limit: 5, filter: nil) }.count == 1)
        #expect(await indexes.verify(in: fixture.scopes[1]).isSound)
    }

    /// An index that a reader uses is not closed, and the next caller gets the same one.
    @Test func anIndexInUseStaysOpen() async throws {
        let fixture = try await Fixture()
        let indexes = fixture.indexes(budget: 0)
        let held = try await indexes.current(in: fixture.scopes[0])
        for scope in fixture.scopes.dropFirst() { _ = try await indexes.current(in: scope) }
        #expect(try ask(held, 0).dense.count == 10)
        #expect(try await indexes.current(in: fixture.scopes[0]) === held)
    }

    @Test func manyAtOnceOpenATenantOnce() async throws {
        let fixture = try await Fixture()
        let indexes = fixture.indexes(budget: .max)
        for scope in fixture.scopes.prefix(4) {
            let opened = try await withThrowingTaskGroup(of: CollectionIndex.self) { group in
                for _ in 0..<32 { group.addTask { try await indexes.current(in: scope) } }
                return try await group.reduce(into: [CollectionIndex]()) { $0.append($1) }
            }
            #expect(Set(opened.map(ObjectIdentifier.init)).count == 1)
        }
        #expect(indexes.memory.openIndexes == 4)
    }

    @Test func manyTenantsAtOnceUnderATightBudget() async throws {
        let fixture = try await Fixture()
        let indexes = fixture.indexes(budget: 60_000)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    var rng = SplitMix64(seed: UInt64(worker) + 40)
                    for _ in 0..<60 {
                        let tenant = Int.random(in: 0..<Self.tenants, using: &rng)
                        let index = try await indexes.current(in: fixture.scopes[tenant])
                        let answer = try self.ask(index, tenant)
                        #expect(answer.dense.count == 10 && answer.lexical.first != nil)
                    }
                }
            }
            group.addTask { for _ in 0..<10 { await indexes.save() } }
            try await group.waitForAll()
        }
        // All indexes are idle: one more use enforces the budget.
        let last = try await indexes.current(in: fixture.scopes[0])
        #expect(last.bytesInMemory <= 60_000, "a single index must fit in the budget")
        #expect(indexes.memory.used <= 60_000)
    }

    @Test func aTenantThatIsGoneTakesNothing() async throws {
        let fixture = try await Fixture()
        let indexes = fixture.indexes(budget: .max)
        for scope in fixture.scopes { _ = try await indexes.current(in: scope) }
        let before = indexes.memory
        try await fixture.catalog.deleteTenant(fixture.scopes[3].tenant)
        await indexes.save()
        #expect(indexes.memory.openIndexes == before.openIndexes - 1)
        #expect(indexes.memory.used < before.used)
        await #expect(throws: CatalogError.self) { _ = try await indexes.current(in: fixture.scopes[3]) }
    }

    /// After a row has changed on disk, the search that reads it fails, and the next one uses a rebuilt index.
    @Test func aDamagedFileIsReplacedFromTheCatalog() async throws {
        let fixture = try await Fixture()
        let scope = fixture.scopes[2]
        let first = fixture.indexes(budget: .max)
        let right = try ask(try await first.current(in: scope), 2)
        await first.save()
        let folder = DataDirectory(fixture.folder).indexes.appending(path: "t2")
        let name = try #require(
            try FileManager.default.subpathsOfDirectory(atPath: folder.path).first { $0.contains(RowFormat.prefix) })
        var bytes = try Data(contentsOf: folder.appending(path: name))
        for at in stride(from: RowFormat.headerBytes, to: bytes.count, by: 16) { bytes[at] ^= 0x10 }
        try bytes.write(to: folder.appending(path: name))

        let second = fixture.indexes(budget: .max)
        #expect(await second.verify(in: scope).isSound == false)
        let damaged = try await second.current(in: scope)
        #expect { try ask(damaged, 2) } throws: { ($0 as? IndexError)?.code == .damaged }
        let fresh = try await second.current(in: scope)
        #expect(fresh !== damaged)
        #expect(try ask(fresh, 2) == right)
        await second.save()
        #expect(await second.verify(in: scope).isSound)
    }

    @Test func rebuildingMakesTheSameAgainAndCompactsNothingAway() async throws {
        let fixture = try await Fixture()
        var options = IndexOptions()
        options.graphThreshold = 20
        let indexes = fixture.indexes(budget: .max, options)
        let right = try ask(try await indexes.current(in: fixture.scopes[5]), 5)
        let statistics = try await indexes.rebuild(in: fixture.scopes[5])
        #expect(statistics.mode == .graph && statistics.graphRows == 48 && statistics.chunks == 48)
        #expect(statistics.bytesOnDisk > 0 && statistics.recall != nil)
        #expect(try ask(try await indexes.current(in: fixture.scopes[5]), 5).lexical == right.lexical)
        #expect(await indexes.verify(in: fixture.scopes[5]).isSound)
    }
}

extension IndexVerification {
    fileprivate var isSound: Bool { if case .sound = self { true } else { false } }
}
