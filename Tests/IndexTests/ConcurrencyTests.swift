import Foundation
import Index
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ConcurrencyTests {
    /// All chunks of a document version have the same text and vector; a search must see one whole version.
    @Test(arguments: [false, true]) func readersSeeWholeChanges(graph: Bool) async throws {
        var options = IndexOptions()
        options.compactionMinimum = 8
        if graph { (options.graphThreshold, options.graphSearchEf, options.recallTarget) = (40, 4, 0) }
        let dimension = 6
        let index = openIndex(try TestPaths.scratch("index"), dimension: dimension, options).index
        let vectors = clusteredVectors(400, dimension: dimension, clusters: 4, seed: 8)
        try index.apply(
            removingDocuments: [],
            adding: (0..<100).map { entry(Int64(10_000 + $0), document: Int64(500 + $0), text: "other", vectors[$0]) },
            sequence: 1)
        let marker = unit([0, 0, 0, 0, 0, 1])
        let finished = Flag()

        try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                defer { finished.raise() }
                for version in 0..<200 {
                    let entries = (0..<4).map { entry(Int64(version * 4 + $0), document: 1, text: "version v\(version)", marker) }
                    try index.apply(removingDocuments: [1], adding: entries, sequence: Int64(version + 2))
                    if version % 50 == 0 { try index.saveSnapshot() }
                }
                return 0
            }
            group.addTask {
                repeat {
                    for case .failed(let error) in index.maintain() { throw error }
                    _ = index.statistics
                } while !finished.isRaised
                return 0
            }
            group.addTask {
                var searches = 0
                repeat {
                    let dense = try index.searchDense(marker, limit: 8, allowed: [1])
                    let lexical = index.searchLexical("version", limit: 8, allowed: nil)
                    for hits in [dense, lexical] where !hits.isEmpty {
                        #expect(hits.count == 4)
                        #expect(Set(hits.map { $0.chunk / 4 }).count == 1, "the result mixes versions")
                    }
                    #expect(try index.searchDense(marker, limit: 4, allowed: nil).count == 4)
                    searches += 1
                } while !finished.isRaised
                return searches
            }
            var searches = 0
            for try await count in group { searches += count }
            #expect(searches > 0)
        }
        #expect(index.statistics.chunks == 104)
        #expect(index.searchLexical("v199", limit: 9, allowed: nil).count == 4)
    }
}
