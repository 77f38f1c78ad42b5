import Foundation
import Index
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ApplyTests {
    private let a = unit([1, 0, 0]), b = unit([0, 1, 0]), c = unit([0, 0, 1])

    @Test func replacingADocumentTakesItsOldChunksAway() throws {
        let index = openIndex(try TestPaths.scratch("index"), dimension: 3).index
        try index.apply(
            removingDocuments: [],
            adding: [entry(1, document: 7, text: "old first", a), entry(2, document: 7, text: "old second", b)], sequence: 1)
        try index.apply(removingDocuments: [7], adding: [entry(3, document: 7, text: "new", c)], sequence: 2)
        #expect(try index.searchDense(a, limit: 9, allowed: nil).map(\.chunk) == [3])
        #expect(index.searchLexical("old first second", limit: 9, allowed: nil).isEmpty)
        #expect(index.searchLexical("new", limit: 9, allowed: nil).map(\.chunk) == [3])
        #expect(index.lexicalScores("new", chunks: [1, 3]).map { $0 == nil } == [true, false])
        let statistics = index.statistics
        #expect((statistics.chunks, statistics.documents, statistics.deletedRows) == (1, 1, 2))
    }

    @Test func applyingAgainChangesNothing() throws {
        let index = openIndex(try TestPaths.scratch("index"), dimension: 3).index
        let entries = [entry(1, document: 7, text: "alpha beta", a), entry(2, document: 8, text: "beta", b)]
        try index.apply(removingDocuments: [7], adding: entries, sequence: 5)
        let before = (try index.searchDense(a, limit: 9, allowed: nil), index.searchLexical("alpha beta", limit: 9, allowed: nil))
        try index.apply(removingDocuments: [7], adding: entries, sequence: 5)
        #expect(try index.searchDense(a, limit: 9, allowed: nil) == before.0)
        #expect(index.searchLexical("alpha beta", limit: 9, allowed: nil) == before.1)
        #expect(index.statistics.chunks == 2)
    }

    @Test func aChunkCanMoveToAnotherDocument() throws {
        let index = openIndex(try TestPaths.scratch("index"), dimension: 3).index
        try index.apply(removingDocuments: [], adding: [entry(1, document: 7, a)], sequence: 1)
        try index.apply(removingDocuments: [], adding: [entry(1, document: 8, b)], sequence: 2)
        #expect(try index.searchDense(b, limit: 9, allowed: nil).map(\.document) == [8])
        try index.apply(removingDocuments: [7], adding: [], sequence: 3)
        #expect(index.statistics.chunks == 1)
        try index.apply(removingDocuments: [8], adding: [], sequence: 4)
        #expect((index.statistics.chunks, index.statistics.documents) == (0, 0))
    }

    @Test func sequenceDoesNotGoBack() throws {
        let index = openIndex(try TestPaths.scratch("index"), dimension: 3).index
        try index.apply(removingDocuments: [], adding: [entry(1, a)], sequence: 10)
        #expect { try index.apply(removingDocuments: [1], adding: [], sequence: 9) } throws: {
            ($0 as? IndexError)?.code == .staleSequence
        }
        #expect(index.statistics.chunks == 1)
        #expect(index.sequence == 10)
    }

    @Test func theSameChunkTwiceInAChangeIsAnError() throws {
        let index = openIndex(try TestPaths.scratch("index"), dimension: 3).index
        #expect { try index.apply(removingDocuments: [], adding: [entry(1, a), entry(1, b)], sequence: 1) } throws: {
            ($0 as? IndexError)?.code == .duplicateChunk
        }
        #expect(index.statistics.chunks == 0)
    }

    @Test func deletedRowsAreCompactedAway() throws {
        var options = IndexOptions()
        options.compactionMinimum = 10
        let vectors = clusteredVectors(100, dimension: 16, clusters: 5, seed: 1)
        let index = try filledIndex(vectors, options)
        try index.apply(removingDocuments: Array(0..<25), adding: [], sequence: 2)
        #expect(!index.needsMaintenance && index.maintain().isEmpty)
        #expect(index.statistics.deletedRows == 25)
        try index.apply(removingDocuments: [25], adding: [], sequence: 3)
        #expect(index.needsMaintenance && index.statistics.deletedRows == 26)
        index.maintain()
        #expect(!index.needsMaintenance)
        #expect(index.statistics.deletedRows == 0)
        #expect(index.statistics.chunks == 74)
        #expect(Set(try index.searchDense(vectors[0], limit: 100, allowed: nil).map(\.chunk)) == Set(26..<100))
        #expect(try index.searchDense(vectors[60], limit: 1, allowed: [60]).map(\.chunk) == [60])
    }
}
