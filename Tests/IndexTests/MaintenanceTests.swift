import Foundation
import Index
import TestSupport
import Testing

/// Graph builds, compaction and measurements, concurrent with searches and changes.
@Suite(.timeLimit(.minutes(10))) struct MaintenanceTests {
    private static let dimension = 32

    private func options(threshold: Int) -> IndexOptions {
        var options = IndexOptions()
        options.graphThreshold = threshold
        return options
    }

    private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

    @Test func applyBuildsNothingAndSearchesGoOnExactly() throws {
        let index = openIndex(try TestPaths.scratch("index"), dimension: Self.dimension, options(threshold: 1_000)).index
        let vectors = clusteredVectors(3_000, dimension: Self.dimension, clusters: 30, seed: 81)
        try index.apply(removingDocuments: [], adding: vectors.indices.map { entry(Int64($0), vectors[$0]) }, sequence: 1)
        #expect(index.needsMaintenance)
        #expect(index.statistics.mode == .exact)
        let all = Dictionary(uniqueKeysWithValues: vectors.enumerated().map { (Int64($0), $1) })
        for query in clusteredVectors(10, dimension: Self.dimension, clusters: 30, seed: 81) {
            #expect(recall(try index.searchDense(query, limit: 10, allowed: nil), query, among: all, k: 10) == 1)
        }
        index.maintain()
        #expect(!index.needsMaintenance)
        #expect(index.statistics.mode == .graph)
        #expect(index.statistics.graphRows == 3_000)
    }

    /// Rows are added, deleted and moved while the graph is built and the index compacted repeatedly. In the end nothing is lost and
    /// nothing deleted is back; no search sees a row that was deleted before the search started.
    @Test func changesDuringMaintenanceAreKept() async throws {
        var options = options(threshold: 500)
        options.compactionMinimum = 50
        let folder = try TestPaths.scratch("index")
        let index = openIndex(folder, dimension: Self.dimension, options).index
        let vectors = clusteredVectors(6_000, dimension: Self.dimension, clusters: 30, seed: 82)
        let finished = Flag()
        let deletedBelow = Shared(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { finished.raise() }
                for part in 0..<120 {
                    let rows = part * 50..<part * 50 + 50
                    let removed = part >= 40 ? Array((part - 40) * 50..<(part - 39) * 50).map(Int64.init) : []
                    let entries = rows.map { entry(Int64($0), text: "w\($0)", vectors[$0]) }
                    try index.apply(removingDocuments: removed, adding: entries, sequence: Int64(part + 1))
                    if part >= 40 { deletedBelow.withLock { $0 = (part - 39) * 50 } }
                }
            }
            group.addTask {
                while !finished.isRaised {
                    for case .failed(let error) in index.maintain() { throw error }
                    try index.compact()
                }
            }
            group.addTask {
                var place = 0
                while !finished.isRaised {
                    let gone = deletedBelow.withLock { $0 }
                    let hits = try index.searchDense(vectors[place % 6_000], limit: 5, allowed: nil)
                    #expect(hits.allSatisfy { $0.chunk >= gone })
                    place += 37
                }
            }
            try await group.waitForAll()
        }
        let expected = Set((4_000..<6_000).map(Int64.init))
        #expect(index.statistics.chunks == 2_000)
        #expect(Set(try index.searchDense(vectors[0], limit: 6_000, allowed: nil).map(\.chunk)) == expected)
        try index.compact()
        index.maintain()
        try index.saveSnapshot()
        #expect(!index.hasUnsavedChanges)
        let reopened = openIndex(folder, dimension: Self.dimension, options).index
        for subject in [index, reopened] {
            #expect(subject.statistics.deletedRows == 0)
            #expect(subject.statistics.mode == .graph)
            for row in stride(from: 4_000, to: 6_000, by: 97) {
                #expect(try subject.searchDense(vectors[row], limit: 1, allowed: nil).map(\.chunk) == [Int64(row)])
                #expect(subject.searchLexical("w\(row)", limit: 2, allowed: nil).map(\.chunk) == [Int64(row)])
            }
            #expect(subject.searchLexical("w3999", limit: 2, allowed: nil).isEmpty)
        }
        #expect(CollectionIndex.verify(folder: folder, identity: "test-model", dimension: Self.dimension).isSound)
    }

    @Test func recallIsMeasuredOnQueriesAndReachesItsTarget() throws {
        var options = options(threshold: 1_000)
        (options.graphDegree, options.graphBuildEf) = (6, 20)
        let folder = try TestPaths.scratch("index")
        let index = openIndex(folder, dimension: Self.dimension, options).index
        let vectors = clusteredVectors(8_000, dimension: Self.dimension, clusters: 400, spread: 2, seed: 83)
        try index.apply(removingDocuments: [], adding: vectors.indices.map { entry(Int64($0), vectors[$0]) }, sequence: 1)
        #expect(index.statistics.recall == nil)
        index.maintain()
        let atFirst = try #require(index.statistics.recall)
        #expect(atFirst.queries == 0 && atFirst.sampleSize == 128)
        let queries = clusteredVectors(1_500, dimension: Self.dimension, clusters: 400, spread: 2, seed: 84)
        for query in queries { _ = try index.searchDense(query, limit: 10, allowed: nil) }
        #expect(index.needsMaintenance)
        index.maintain()
        #expect(!index.needsMaintenance)
        let measured = try #require(index.statistics.recall)
        #expect(measured.queries == measured.sampleSize && (64...192).contains(measured.sampleSize))
        #expect(measured.lower <= measured.mean && measured.mean <= measured.upper && measured.mean >= 0.97)

        let all = Dictionary(uniqueKeysWithValues: vectors.enumerated().map { (Int64($0), $1) })
        let true10 = try queries.prefix(200).map { query in
            recall(try index.searchDense(query, limit: 10, allowed: nil), query, among: all, k: 10)
        }
        #expect(abs(mean(true10) - measured.mean) <= 0.02, "\(mean(true10)) against \(measured.mean)")
        #expect(mean(true10) >= 0.97)

        try index.saveSnapshot()
        #expect(openIndex(folder, dimension: Self.dimension, options).index.statistics.recall?.ef == measured.ef)
    }

    @Test func aStoppedBuildLeavesTheIndexAsItWas() throws {
        let index = openIndex(try TestPaths.scratch("index"), dimension: Self.dimension, options(threshold: 100)).index
        let vectors = clusteredVectors(500, dimension: Self.dimension, clusters: 5, seed: 85)
        try index.apply(removingDocuments: [], adding: vectors.indices.map { entry(Int64($0), vectors[$0]) }, sequence: 1)
        index.stopMaintenance()
        let done = index.maintain()
        guard case .failed(let error)? = done.first, done.count == 1 else { throw IndexError(.internal, "\(done)") }
        #expect(error.code == .cancelled)
        #expect(index.statistics.mode == .exact)
        #expect(try index.searchDense(vectors[3], limit: 1, allowed: nil).map(\.chunk) == [3])
    }

    /// Only codes, graph and row numbers are in memory; the rows are mapped.
    @Test func aVectorTakesLessThanHalfOfItsFloatsInMemory() throws {
        let (count, dimension) = (6_000, 384)
        let index = openIndex(try TestPaths.scratch("index"), dimension: dimension, options(threshold: 1_000)).index
        var rng = SplitMix64(seed: 86)
        for start in stride(from: 0, to: count, by: 500) {
            let entries = (start..<start + 500).map { entry(Int64($0), document: Int64($0 / 4), unit(randomVector(dimension, &rng))) }
            try index.apply(removingDocuments: [], adding: entries, sequence: 1)
            // New rows are buffered in memory only until they fill a few pages.
            #expect(index.statistics.bytesDense <= (start + 500) * (dimension * 2) + (1 << 20))
        }
        index.maintain()
        try index.saveSnapshot()
        let statistics = index.statistics
        #expect(statistics.mode == .graph)
        #expect(statistics.bytesDense <= count * dimension * 4 / 2, "\(statistics.bytesDense / count) bytes a vector")
        #expect(statistics.bytesDense >= count * (dimension + 4 + 128))
        #expect(statistics.bytesOnDisk >= count * dimension * 5)
    }
}
