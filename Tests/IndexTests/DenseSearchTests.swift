import Foundation
import Index
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct DenseSearchTests {
    @Test(arguments: [7, 64, 384]) func exactSearchFindsTheTrueNearest(dimension: Int) throws {
        let vectors = clusteredVectors(4_000, dimension: dimension, clusters: 60, seed: UInt64(dimension))
        let index = try filledIndex(vectors)
        #expect(index.statistics.mode == .exact)
        let queries = clusteredVectors(50, dimension: dimension, clusters: 60, seed: UInt64(dimension))
        let all = Dictionary(uniqueKeysWithValues: vectors.enumerated().map { (Int64($0), $1) })
        let recalls = try queries.map { query in
            recall(try index.searchDense(query, limit: 10, allowed: nil), query, among: all, k: 10)
        }
        #expect(recalls.reduce(0, +) / Double(recalls.count) >= 0.999)
    }

    @Test func scoresAreCosinesBestFirst() throws {
        let vectors = clusteredVectors(500, dimension: 48, clusters: 9, seed: 3)
        let index = try filledIndex(vectors)
        let hits = try index.searchDense(vectors[17], limit: 500, allowed: nil)
        #expect(hits.count == 500)
        #expect(hits.first?.chunk == 17)
        for hit in hits {
            #expect(abs(Double(hit.score) - cosine(vectors[17], vectors[Int(hit.chunk)])) <= cosineTolerance(48))
        }
        for (a, b) in zip(hits, hits.dropFirst()) {
            #expect(a.score > b.score || (a.score == b.score && a.chunk < b.chunk))
        }
        let again = try index.cosineScores(vectors[17], chunks: hits.map(\.chunk) + [9_999])
        #expect(again == hits.map { $0.score } + [nil])
    }

    /// More rows with equal scores than the candidate pool holds.
    @Test func equalScoresGoByAscendingChunk() throws {
        let same = unit([1, 2, 3, 4, 5])
        let index = openIndex(try TestPaths.scratch("index"), dimension: 5).index
        var rng = SplitMix64(seed: 5)
        let entries = (0..<300).map { entry(Int64($0), same) }.shuffled(using: &rng)
        try index.apply(removingDocuments: [], adding: entries, sequence: 1)
        #expect(try index.searchDense(same, limit: 7, allowed: nil).map(\.chunk) == Array(0..<7))
    }

    @Test(arguments: [1, 2, 10, 400, 1_000]) func allowedIsExact(allowedDocuments: Int) throws {
        let vectors = clusteredVectors(3_000, dimension: 32, clusters: 20, seed: 11)
        let index = try filledIndex(vectors, perDocument: 3)
        var rng = SplitMix64(seed: UInt64(allowedDocuments))
        for query in clusteredVectors(10, dimension: 32, clusters: 20, seed: 12) {
            let allowed = Set((0..<1_000).shuffled(using: &rng).prefix(allowedDocuments).map(Int64.init))
            let hits = try index.searchDense(query, limit: 10, allowed: allowed)
            #expect(hits.allSatisfy { allowed.contains($0.document) && $0.document == $0.chunk / 3 })
            #expect(hits.count == min(10, 3 * allowedDocuments))
            let among = vectors.enumerated().filter { allowed.contains(Int64($0.offset / 3)) }
                .map { (Int64($0.offset), $0.element) }
            #expect(recall(hits, query, among: Dictionary(uniqueKeysWithValues: among), k: 10) == 1)
        }
    }

    @Test func nothingIsAllowed() throws {
        let index = try filledIndex(clusteredVectors(30, dimension: 8, clusters: 3, seed: 1))
        let query = unit([Float](repeating: 1, count: 8))
        #expect(try index.searchDense(query, limit: 5, allowed: []).isEmpty)
        #expect(try index.searchDense(query, limit: 5, allowed: [-4, 1_000]).isEmpty)
        #expect(index.searchLexical("anything", limit: 5, allowed: []).isEmpty)
    }

    @Test(arguments: [Int.min, -1, 0]) func aLimitBelowOneFindsNothing(limit: Int) throws {
        let index = try filledIndex([[1, 0], [0, 1]])
        #expect(try index.searchDense([1, 0], limit: limit, allowed: nil).isEmpty)
        #expect(index.searchLexical("word", limit: limit, allowed: nil).isEmpty)
    }

    @Test func aHugeLimitFindsEverything() throws {
        let index = try filledIndex([[1, 0], [0, 1]])
        #expect(try index.searchDense([1, 0], limit: .max, allowed: nil).map(\.chunk) == [0, 1])
    }

    @Test func badVectorsAreErrorsAndChangeNothing() throws {
        let index = try filledIndex([[1, 0], [0, 1]])
        let cases: [([Float], IndexError.Code)] = [
            ([1], .dimensionMismatch), ([], .dimensionMismatch), ([1, 0, 0], .dimensionMismatch),
            ([.nan, 0], .notFinite), ([0, .infinity], .notFinite), ([-.infinity, 0], .notFinite),
        ]
        for (vector, code) in cases {
            #expect { try index.searchDense(vector, limit: 1, allowed: nil) } throws: { ($0 as? IndexError)?.code == code }
            #expect { try index.cosineScores(vector, chunks: [0]) } throws: { ($0 as? IndexError)?.code == code }
            #expect {
                try index.apply(removingDocuments: [0], adding: [entry(5, [1, 0]), entry(6, vector)], sequence: 9)
            } throws: { ($0 as? IndexError)?.code == code }
        }
        #expect(index.sequence == 1)
        #expect(try index.searchDense([1, 0], limit: 5, allowed: nil).map(\.chunk) == [0, 1])
    }

    @Test func extremeVectorsDoNotStopAnything() throws {
        let index = try filledIndex([[0, 0], [.greatestFiniteMagnitude, .greatestFiniteMagnitude], [1, 0], [.leastNonzeroMagnitude, 0]])
        for query: [Float] in [[0, 0], [.greatestFiniteMagnitude, -.greatestFiniteMagnitude], [1, 0]] {
            #expect(try index.searchDense(query, limit: 4, allowed: nil).count == 4)
        }
    }

    @Test func anEmptyIndexAnswers() throws {
        let (index, recovery) = openIndex(try TestPaths.scratch("index"), dimension: 4)
        #expect(recovery == .empty)
        #expect(index.sequence == 0)
        #expect(try index.searchDense([1, 0, 0, 0], limit: 3, allowed: nil).isEmpty)
        #expect(index.searchLexical("word", limit: 3, allowed: nil).isEmpty)
        #expect(try index.cosineScores([1, 0, 0, 0], chunks: [1]) == [nil])
        #expect(index.lexicalScores("word", chunks: [1]) == [nil])
        try index.apply(removingDocuments: [3], adding: [], sequence: 4)
        #expect(index.sequence == 4)
    }
}
