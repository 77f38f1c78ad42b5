import Foundation
import Index
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct FilteredSearchTests {
    private static let (count, dimension) = (12_000, 24)

    private func largeIndex() throws -> (index: CollectionIndex, vectors: [[Float]]) {
        var options = IndexOptions()
        options.graphThreshold = 1_000
        let vectors = clusteredVectors(Self.count, dimension: Self.dimension, clusters: 60, spread: 1.5, seed: 91)
        return (try filledIndex(vectors, perDocument: 2, options), vectors)
    }

    /// Filters unrelated to the query, and filters that exclude exactly the rows near it.
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

    /// One filter stays valid across changes, compaction and several indexes: it never returns old rows.
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

    /// The pool size of the table of binary codes, if maintenance created one.
    private func pool(_ done: [IndexMaintenance]) -> Int?? {
        for case .builtBinaryCodes(let pool) in done { return .some(pool) }
        return nil
    }

    private func broadlyFiltered(_ vectors: [[Float]]) throws -> CollectionIndex {
        var options = IndexOptions()
        options.graphThreshold = 1_000
        return try filledIndex(vectors, options)
    }

    /// A filter that passes a sixth of the rows: the first search scores all of them, later searches use their binary codes.
    @Test func aBroadFilterUsesBinaryCodes() throws {
        let (count, dimension) = (16_000, 96)
        var vectors = clusteredVectors(count + 500, dimension: dimension, clusters: 60, spread: 0.8, seed: 95)
        let late = vectors.suffix(500)
        vectors.removeLast(500)
        let index = try broadlyFiltered(vectors)
        let allowed = Set((0..<Int64(count + 500)).filter { $0 % 6 == 0 })
        let filter = DocumentFilter(documents: allowed)
        let queries = clusteredVectors(60, dimension: dimension, clusters: 60, spread: 0.8, seed: 95)
        _ = try index.searchDense(queries[0], limit: 10, filter: filter)
        #expect(index.needsMaintenance)
        let before = index.statistics.bytesDense
        let measured = try #require(pool(index.maintain()))
        #expect(try #require(measured) < count / 6 / 4)
        #expect(index.statistics.bytesDense > before)
        #expect(!index.needsMaintenance)
        func meanRecall() throws -> Double {
            let among = Dictionary(
                uniqueKeysWithValues: allowed.compactMap { chunk in
                    Int(chunk) < vectors.count ? (chunk, vectors[Int(chunk)]) : nil
                })
            return try queries.reduce(0) { sum, query in
                let hits = try index.searchDense(query, limit: 10, filter: filter)
                #expect(hits.allSatisfy { allowed.contains($0.document) })
                return sum + recall(hits, query, among: among, k: 10)
            } / Double(queries.count)
        }
        #expect(try meanRecall() >= 0.985)
        // Rows that are not in the table, and deleted rows.
        try index.apply(removingDocuments: [], adding: late.enumerated().map { entry(Int64(count + $0), $1) }, sequence: 2)
        vectors += late
        for row in stride(from: count, to: count + 500, by: 6) where row % 6 == 0 {
            #expect(try index.searchDense(vectors[row], limit: 1, filter: filter).map(\.chunk) == [Int64(row)])
        }
        #expect(try meanRecall() >= 0.985)
        try index.apply(removingDocuments: [0, 6, 12], adding: [], sequence: 3)
        #expect(try index.searchDense(vectors[6], limit: 99, filter: filter).allSatisfy { ![0, 6, 12].contains($0.chunk) })
        try index.compact()
        index.maintain()
        #expect(try index.searchDense(vectors[18], limit: 1, filter: filter).map(\.chunk) == [18])
    }

    /// All components are positive: binary codes are useless, so every row is scored.
    @Test func uselessBinaryCodesAreNotUsed() throws {
        let vectors = clusteredVectors(16_000, dimension: 32, clusters: 400, spread: 2, seed: 97).map { unit($0.map { abs($0) + 0.1 }) }
        let index = try broadlyFiltered(vectors)
        let allowed = Set((0..<Int64(16_000)).filter { $0 % 6 == 0 })
        let filter = DocumentFilter(documents: allowed)
        _ = try index.searchDense(vectors[1], limit: 10, filter: filter)
        #expect(pool(index.maintain()) == .some(nil))
        #expect(!index.needsMaintenance)
        let among = Dictionary(uniqueKeysWithValues: allowed.map { ($0, vectors[Int($0)]) })
        for query in vectors.prefix(20) {
            #expect(recall(try index.searchDense(query, limit: 10, filter: filter), query, among: among, k: 10) >= 0.9)
        }
    }
}

/// Compares excluding documents from a search with a filter that lists all others.
@Suite(.timeLimit(.minutes(10))) struct ExcludedDocumentsTests {
    @Test(arguments: [300, 12_000]) func areNotFoundAndAllOthersAre(count: Int) throws {
        var options = IndexOptions()
        options.graphThreshold = 1_000
        let vectors = clusteredVectors(count, dimension: 24, clusters: 20, seed: 94)
        let index = try filledIndex(vectors, perDocument: 10, options)
        var rng = SplitMix64(seed: 95)
        let all = Set((0..<Int64(count / 10)))
        for query in clusteredVectors(10, dimension: 24, clusters: 20, seed: 96) {
            let excluded = all.filter { _ in Int.random(in: 0..<3, using: &rng) == 0 }
            let filter = DocumentFilter(documents: all.filter { _ in Bool.random(using: &rng) })
            for (base, named) in [(nil, all.subtracting(excluded)), (filter, filter.documents.subtracting(excluded))] {
                let found = try index.searchDense(query, limit: 20, filter: base, excluding: excluded)
                #expect(found.count == 20 && found.allSatisfy { named.contains($0.document) })
                #expect(found == (try index.searchDense(query, limit: 20, filter: DocumentFilter(documents: named))))
            }
        }
        #expect(try index.searchDense(vectors[0], limit: 20, filter: nil, excluding: all).isEmpty)
    }

    @Test func areNotFoundByWordsEither() throws {
        let index = openIndex(try TestPaths.scratch("excluded"), dimension: 2).index
        let entries = (0..<40).map { entry(Int64($0), document: Int64($0 / 4), text: "word number\($0)", [1, 0]) }
        try index.apply(removingDocuments: [], adding: entries, sequence: 1)
        let found = index.searchLexical("word", limit: 100, allowed: [1, 2, 3], excluding: [2, 5])
        #expect(Set(found.map(\.document)) == [1, 3] && found.count == 8)
        #expect(index.searchLexical("word", limit: 100, allowed: nil, excluding: [0]).count == 36)
    }
}
