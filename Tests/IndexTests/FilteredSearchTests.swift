import Foundation
import Index
import Testing
import TestSupport

@Suite struct FilteredSearchTests {
    private static let (count, dimension) = (12_000, 24)

    private func largeIndex() throws -> (index: CollectionIndex, vectors: [[Float]]) {
        var options = IndexOptions()
        options.graphThreshold = 1_000
        let vectors = clusteredVectors(Self.count, dimension: Self.dimension, clusters: 60, spread: 1.5, seed: 91)
        return (try filledIndex(vectors, perDocument: 2, options), vectors)
    }

    /// Filters that have nothing to do with the query, and filters that take away just what is near it.
    @Test(arguments: [0.9, 0.5, 0.1, 0.01, 0.001]) func recallDoesNotFallWithTheFilter(share: Double) throws {
        let (index, vectors) = try largeIndex()
        #expect(index.statistics.mode == .graph)
        var rng = SplitMix64(seed: UInt64(share * 1_000))
        var recalls: [Double] = []
        for (place, query) in clusteredVectors(40, dimension: Self.dimension, clusters: 60, spread: 1.5, seed: 92).enumerated() {
            let all = 0..<Int64(Self.count / 2)
            let allowed: Set<Int64>
            if place % 2 == 0 {
                allowed = Set(all.filter { _ in Double.random(in: 0..<1, using: &rng) < share })
            } else {
                let farFirst = all.sorted { cosine(query, vectors[Int($0 * 2)]) < cosine(query, vectors[Int($1 * 2)]) }
                allowed = Set(farFirst.prefix(max(1, Int(share * Double(all.count)))))
            }
            let hits = try index.searchDense(query, limit: 10, filter: DocumentFilter(documents: allowed))
            #expect(hits.allSatisfy { allowed.contains($0.document) })
            let among = vectors.enumerated().filter { allowed.contains(Int64($0.offset / 2)) }.map { (Int64($0.offset), $0.element) }
            #expect(hits.count == min(10, among.count))
            recalls.append(recall(hits, query, among: Dictionary(uniqueKeysWithValues: among), k: 10))
        }
        #expect(recalls.reduce(0, +) / Double(recalls.count) >= 0.97)
    }

    /// One filter serves through changes, compaction and for several indexes: it never answers with old rows.
    @Test func aFilterThatIsKeptFollowsChanges() throws {
        var options = IndexOptions()
        options.compactionMinimum = 1_000_000
        let vectors = clusteredVectors(200, dimension: 8, clusters: 5, seed: 93)
        let (index, other) = (try filledIndex(vectors, perDocument: 2, options), try filledIndex(Array(vectors.prefix(20)), options))
        let filter = DocumentFilter(documents: [3, 4, 5, 1_000])
        func found(_ index: CollectionIndex) throws -> [Int64] {
            try index.searchDense(vectors[0], limit: 99, filter: filter).map(\.chunk).sorted()
        }
        #expect(try found(index) == [6, 7, 8, 9, 10, 11])
        #expect(try found(other) == [3, 4, 5])
        try index.apply(removingDocuments: [4], adding: [entry(900, document: 1_000, vectors[1])], sequence: 2)
        #expect(try found(index) == [6, 7, 10, 11, 900])
        #expect(try index.compact() == 2)
        #expect(try found(index) == [6, 7, 10, 11, 900])
        #expect(try found(other) == [3, 4, 5])
        try index.apply(removingDocuments: [3, 5, 1_000], adding: [], sequence: 3)
        #expect(try found(index).isEmpty)
    }
}
