import Foundation
import Index
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct GraphSearchTests {
    private static func options(threshold: Int, ef: Int = 96) -> IndexOptions {
        var options = IndexOptions()
        options.graphThreshold = threshold
        options.graphSearchEf = ef
        options.recallTarget = 0
        return options
    }

    private func meanRecall(_ index: CollectionIndex, _ queries: [[Float]], among vectors: [Int64: [Float]]) throws -> Double {
        let recalls = try queries.map { query in
            let hits = try index.searchDense(query, limit: 10, allowed: nil)
            #expect(hits.allSatisfy { vectors[$0.chunk] != nil })
            return recall(hits, query, among: vectors, k: 10)
        }
        return recalls.reduce(0, +) / Double(recalls.count)
    }

    /// Graph search with a large `ef` keeps visited rows in heaps, with a small one in a list.
    @Test func largeAndSmallEfGiveTheSameResults() throws {
        let (count, dimension) = (5_000, 32)
        let vectors = clusteredVectors(count, dimension: dimension, clusters: 50, seed: 23)
        let live = Dictionary(uniqueKeysWithValues: vectors.enumerated().map { (Int64($0), $1) })
        let index = openIndex(try TestPaths.scratch("index"), dimension: dimension, Self.options(threshold: 1_000)).index
        try index.apply(removingDocuments: [], adding: vectors.enumerated().map { entry(Int64($0), $1) }, sequence: 1)
        index.maintain()
        #expect(index.statistics.graphRows == count)
        var same = 0
        for query in vectors.prefix(60) {
            let narrow = try index.searchDense(query, limit: 10, filter: nil, ef: 511)
            let wide = try index.searchDense(query, limit: 10, filter: nil, ef: 512)
            #expect(recall(narrow, query, among: live, k: 10) >= 0.9)
            if narrow == wide { same += 1 }
        }
        #expect(same >= 58)
    }

    @Test func theGraphFindsNearlyEverythingThroughChangesAndAReopening() throws {
        let (count, dimension) = (22_000, 32)
        let vectors = clusteredVectors(count, dimension: dimension, clusters: 200, seed: 21)
        let queries = clusteredVectors(60, dimension: dimension, clusters: 200, seed: 21)
        var live = Dictionary(uniqueKeysWithValues: vectors.enumerated().map { (Int64($0), $1) })
        let folder = try TestPaths.scratch("index")
        let options = Self.options(threshold: 20_000)
        let index = openIndex(folder, dimension: dimension, options).index

        // Built at 20 000 rows, extended with the others.
        for part in [0..<20_000, 20_000..<21_500, 21_500..<count] {
            try index.apply(removingDocuments: [], adding: part.map { entry(Int64($0), vectors[$0]) }, sequence: Int64(part.upperBound))
            index.maintain()
        }
        #expect(index.statistics.mode == .graph)
        // The last rows are scanned.
        #expect(index.statistics.graphRows == 21_500)
        #expect(try meanRecall(index, queries, among: live) >= 0.95)

        // A fifth is deleted, which is below the share that triggers compaction.
        let removed = (0..<Int64(count)).filter { $0 % 5 == 0 }
        try index.apply(removingDocuments: removed, adding: [], sequence: 30_000)
        for chunk in removed { live[chunk] = nil }
        #expect(index.statistics.deletedRows == removed.count)
        #expect(try meanRecall(index, queries, among: live) >= 0.95)

        try index.saveSnapshot()
        let before = try queries.map { try index.searchDense($0, limit: 10, allowed: nil) }
        let (reopened, recovery) = openIndex(folder, dimension: dimension, options)
        #expect(recovery == .loaded(sequence: 30_000))
        #expect(reopened.statistics.mode == .graph)
        #expect(try queries.map { try reopened.searchDense($0, limit: 10, allowed: nil) } == before)

        // A third is deleted, so the index is compacted, and has too few rows for a graph.
        let more = live.keys.filter { $0 % 7 == 0 }
        try reopened.apply(removingDocuments: more, adding: [], sequence: 30_001)
        for chunk in more { live[chunk] = nil }
        #expect(try meanRecall(reopened, queries, among: live) >= 0.95)
        reopened.maintain()
        #expect(reopened.statistics.deletedRows == 0)
        #expect(reopened.statistics.mode == .exact)
        #expect(try meanRecall(reopened, queries, among: live) >= 0.999)
    }

    @Test func compactingALargeCollectionKeepsAGraph() throws {
        let vectors = clusteredVectors(3_000, dimension: 16, clusters: 40, seed: 31)
        let index = try filledIndex(vectors, Self.options(threshold: 1_000))
        try index.apply(removingDocuments: Array(0..<1_000), adding: [], sequence: 2)
        index.maintain()
        #expect(index.statistics.mode == .graph)
        #expect(index.statistics.graphRows == 2_000)
        #expect(index.statistics.deletedRows == 0)
        let live = Dictionary(uniqueKeysWithValues: (1_000..<3_000).map { (Int64($0), vectors[$0]) })
        let queries = clusteredVectors(40, dimension: 16, clusters: 40, seed: 31)
        #expect(try meanRecall(index, queries, among: live) >= 0.95)
    }

    /// So few rows pass that all of them are scored.
    @Test func aNarrowFilterIsExactBesideAGraph() throws {
        let vectors = clusteredVectors(3_000, dimension: 16, clusters: 40, seed: 41)
        let index = try filledIndex(vectors, Self.options(threshold: 1_000))
        #expect(index.statistics.mode == .graph)
        let allowed = Set((0..<3_000).filter { $0 % 11 == 0 }.map(Int64.init))
        let among = Dictionary(uniqueKeysWithValues: allowed.map { ($0, vectors[Int($0)]) })
        for query in clusteredVectors(20, dimension: 16, clusters: 40, seed: 42) {
            let hits = try index.searchDense(query, limit: 10, allowed: allowed)
            #expect(recall(hits, query, among: among, k: 10) == 1)
        }
    }

    /// Nearly everything near the query is deleted: graph search has to pass through it.
    @Test func aDeletedNeighbourhoodIsPassedThrough() throws {
        var options = Self.options(threshold: 1_000, ef: 16)
        options.compactionShare = 1
        let vectors = clusteredVectors(2_000, dimension: 16, clusters: 10, seed: 51)
        let index = try filledIndex(vectors, options)
        let query = vectors[0]
        let order = vectors.indices.sorted { cosine(query, vectors[$0]) > cosine(query, vectors[$1]) }
        let removed = order.prefix(1_500).map(Int64.init)
        try index.apply(removingDocuments: removed, adding: [], sequence: 2)
        let hits = try index.searchDense(query, limit: 5, allowed: nil)
        #expect(hits.count == 5)
        #expect(Set(hits.map(\.chunk)).isDisjoint(with: removed))
    }

    @Test(arguments: [1, 2]) func identicalVectorsDoNotTrapTheBuild(threads: Int) throws {
        var options = Self.options(threshold: 500, ef: 16)
        options.graphBuildThreads = threads
        let index = try filledIndex([[Float]](repeating: unit([1, 1, 1]), count: 2_000), options)
        #expect(index.statistics.mode == .graph)
        #expect(try index.searchDense(unit([1, 1, 1]), limit: 10, allowed: nil).count == 10)
        #expect(try index.searchDense([0, 0, 0], limit: 10, allowed: nil).count == 10)
    }
}
