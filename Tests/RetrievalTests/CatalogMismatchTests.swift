@_spi(ScopeMinting) import Catalog
import Foundation
import Index
import Logging
import Retrieval
import Telemetry
import Tenancy
import TestSupport
import Testing

/// Index files that do not match their catalog, which was restored from a backup or lost its last changes.
@Suite(.timeLimit(.minutes(10))) struct CatalogMismatchTests {
    private static let words = WordCounter.words

    private static func fill(_ fixture: RetrievalFixture, _ numbers: Range<Int>, _ text: (Int) -> String) async throws {
        for number in numbers { try await fixture.write("d\(number)", text(number), in: fixture.a) }
    }

    private static func old(_ number: Int) -> String { "\(words[number % 4]) old" }
    private static func new(_ number: Int) -> String { "\(words[4 + number % 4]) new" }

    /// Creates a fixture whose index has seen twenty documents, rolls its catalog back to ten, and then writes `added` others.
    private static func putBack(adding added: Int) async throws -> RetrievalFixture {
        let first = try await RetrievalFixture()
        let backup = first.folder.appending(path: "backup.sqlite")
        try await fill(first, 0..<10, old)
        _ = try CatalogBackup.write(DataDirectory(first.folder).catalog, to: backup)
        try await fill(first, 10..<20, old)
        #expect(try await first.found("red old", limit: 100, in: first.a).count == 20)
        await first.indexes.stop()
        try first.catalog.close()
        _ = try CatalogBackup.restore(backup, to: DataDirectory(first.folder).catalog)
        let second = try await RetrievalFixture(folder: first.folder)
        try await fill(second, 100..<100 + added, new)
        return second
    }

    /// Behind the index, at the same sequence number, and beyond it.
    @Test(arguments: [0, 1, 9, 10, 11, 30]) func anIndexOfAnotherHistoryIsRebuilt(added: Int) async throws {
        let fixture = try await Self.putBack(adding: added)
        guard case .defective(let reason) = await fixture.indexes.verify(in: fixture.a) else {
            Issue.record("verify accepted an index of another history")
            return
        }
        #expect(reason.contains("another state of the catalog"))
        let expected = Set((0..<10).map { "d\($0)" } + (100..<100 + added).map { "d\($0)" })
        for mode in SearchMode.allCases {
            #expect(
                Set(try await fixture.found("red green blue fish bird tree sea sky old new", mode: mode, limit: 100, in: fixture.a))
                    == expected)
        }
        #expect(fixture.indexes.events.current[.rebuilt] == 1)
        await fixture.indexes.stop()
        guard case .sound = await fixture.indexes.verify(in: fixture.a) else {
            Issue.record("verify rejected the rebuilt index")
            return
        }
        try fixture.catalog.close()
    }

    /// An index that is behind its own catalog only catches up.
    @Test func anIndexOfTheSameHistoryIsKept() async throws {
        let first = try await RetrievalFixture()
        let backup = first.folder.appending(path: "backup.sqlite")
        try await Self.fill(first, 0..<10, Self.old)
        #expect(try await first.found("red old", limit: 100, in: first.a).count == 10)
        await first.indexes.stop()
        try await Self.fill(first, 10..<15, Self.old)
        _ = try CatalogBackup.write(DataDirectory(first.folder).catalog, to: backup)
        try first.catalog.close()
        _ = try CatalogBackup.restore(backup, to: DataDirectory(first.folder).catalog)
        let second = try await RetrievalFixture(folder: first.folder)
        guard case .sound = await second.indexes.verify(in: second.a) else {
            Issue.record("verify rejected the index")
            return
        }
        #expect(try await second.found("red old", limit: 100, in: second.a).count == 15)
        #expect(second.indexes.events.current[.rebuilt] == 0 && second.indexes.events.current[.loaded] == 1)
        try second.catalog.close()
    }

    /// An open index with passages that are not in the catalog is rebuilt, and the search that finds them succeeds.
    @Test func anIndexThatPointsNowhereIsRebuilt() async throws {
        let fixture = try await RetrievalFixture()
        try await Self.fill(fixture, 0..<5, Self.old)
        let index = try await fixture.indexes.current(in: fixture.a)
        try index.apply(
            removingDocuments: [],
            adding: [IndexEntry(chunk: 9999, document: 9999, text: "red old", title: "", vector: WordCounter.vector("red"))],
            sequence: index.position.sequence, lineage: index.position.lineage)
        #expect(try await fixture.found("red old", limit: 100, in: fixture.a).count == 5)
        await fixture.indexes.save()
        guard case .sound = await fixture.indexes.verify(in: fixture.a) else {
            Issue.record("verify rejected the index")
            return
        }
        try fixture.catalog.close()
    }

    @Test(arguments: [true, false]) func verifyComparesWithTheCatalog(isMissing: Bool) async throws {
        let fixture = try await RetrievalFixture()
        try await Self.fill(fixture, 0..<5, Self.old)
        let index = try await fixture.indexes.current(in: fixture.a)
        let entry = IndexEntry(chunk: 9999, document: 9999, text: "red", title: "", vector: WordCounter.vector("red"))
        try index.apply(
            removingDocuments: isMissing ? [1] : [], adding: isMissing ? [] : [entry], sequence: index.position.sequence,
            lineage: index.position.lineage)
        await fixture.indexes.save()
        guard case .defective(let reason) = await fixture.indexes.verify(in: fixture.a) else {
            Issue.record("verify accepted the index")
            return
        }
        #expect(
            reason.contains(
                isMissing ? "of document 1, which is in the catalog" : "passage 9999 of document 9999, which is not in the catalog"))
        try fixture.catalog.close()
    }
}
