import Foundation
import Index
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct RecallIntervalTests {
    @Test func containsItsMeanAndNarrowsWithMoreQueries() throws {
        let few = try #require(RecallInterval(found: [10, 9, 10, 7, 10, 10, 8, 10], neighbours: 10))
        #expect(abs(few.mean - 0.925) < 1e-12 && few.lower < few.mean && few.mean < few.upper && few.upper <= 1 && few.lower >= 0)
        let many = try #require(
            RecallInterval(found: (0..<32).flatMap { _ in [10, 9, 10, 7, 10, 10, 8, 10] }, neighbours: 10))
        #expect(abs(many.mean - few.mean) < 1e-12)
        #expect(many.upper - many.lower < (few.upper - few.lower) / 4)
    }

    /// Queries that all found everything do not prove that every query does.
    @Test func perfectQueriesLeaveRoomForMisses() throws {
        let interval = try #require(RecallInterval(found: [Int](repeating: 10, count: 128), neighbours: 10))
        #expect(interval.mean == 1 && interval.upper == 1)
        #expect((0.98...0.995).contains(interval.lower))
        let none = try #require(RecallInterval(found: [Int](repeating: 0, count: 128), neighbours: 10))
        #expect(none.mean == 0 && none.lower == 0 && none.upper < 0.02)
        #expect(RecallInterval(found: [], neighbours: 10) == nil)
        #expect(RecallInterval(found: [1], neighbours: 0) == nil)
    }

    /// A query that misses one row often misses more: the interval must not count rows as independent.
    @Test(arguments: [(0.003, 1), (0.01, 1), (0.01, 3), (0.03, 3), (0.05, 5)]) func containsTheTruthInMostTrials(
        missing: Double, together: Int
    ) throws {
        var rng = SplitMix64(seed: UInt64(missing * 1_000) * 10 + UInt64(together))
        let (trials, queries) = (400, 128)
        var right = 0
        for _ in 0..<trials {
            let found = (0..<queries).map { _ in
                10 - together * (0..<(10 / together)).count { _ in Double.random(in: 0..<1, using: &rng) < missing }
            }
            let interval = try #require(RecallInterval(found: found, neighbours: 10))
            // Rows beyond the last whole group are always found.
            let truth = 1 - missing * Double(10 / together * together) / 10
            if (interval.lower...interval.upper).contains(truth) { right += 1 }
        }
        #expect(Double(right) / Double(trials) >= 0.9)
    }
}

/// The recall that an index reports is that of other queries than those it was measured on.
@Suite(.timeLimit(.minutes(60))) struct RecallEstimateTests {
    private static let dimension = 24

    /// Numbers of rows: 10,000, or those of CONTEXTD_RECALL_ROWS, with commas between them.
    private static var sizes: [Int] {
        let given = ProcessInfo.processInfo.environment["CONTEXTD_RECALL_ROWS"] ?? ""
        let sizes = given.split(separator: ",").compactMap { Int($0) }.filter { $0 >= 2_000 }
        return sizes.isEmpty ? [10_000] : sizes
    }

    /// A graph so sparse that its recall is visibly below 1, and no lower limit of `ef` that would hide it.
    private static func options(target: Double) -> IndexOptions {
        var options = IndexOptions()
        (options.graphThreshold, options.graphDegree, options.graphBuildEf) = (1_000, 6, 24)
        (options.graphSearchEf, options.recallTarget) = (16, target)
        return options
    }

    private static func vectors(_ count: Int, seed: UInt64) -> [[Float]] {
        clusteredVectors(count, dimension: dimension, clusters: 400, spread: 2, seed: 201 &+ seed &* 1_000)
    }

    /// Searches for distinct queries until the index has measured itself with them, then compares with an exhaustive search of its own.
    private func holds(_ index: CollectionIndex, _ rows: [[Float]], probing: [[Float]], checking: [[Float]]) throws -> Bool {
        for query in probing { _ = try index.searchDense(query, limit: 10, allowed: nil) }
        index.maintain()
        let recall = try #require(index.statistics.recall)
        #expect(recall.lower <= recall.mean && recall.mean <= recall.upper)
        let all = rows.indices.map { Int64($0) }
        var found = 0
        for query in checking {
            let exact = try index.read { view throws(IndexError) in try view.cosines(query, of: all) }.sorted(by: >).prefix(10)
            let hits = try index.searchDense(query, limit: 10, filter: nil, ef: recall.ef)
            found += hits.count { $0.score >= exact[9] }
        }
        return (recall.lower...recall.upper).contains(Double(found) / Double(10 * checking.count))
    }

    @Test(arguments: sizes) func containsTheTrueRecallInMostTrials(size: Int) throws {
        let trials = 8
        // Rows and queries are drawn from the same distribution, as the benchmark's are.
        let all = Self.vectors(size + trials * 384 + 400, seed: 1)
        let (rows, rest) = (Array(all.prefix(size)), Array(all.dropFirst(size)))
        let checking = Array(rest.suffix(400))
        let index = try filledIndex(rows, Self.options(target: 0.9))
        let atFirst = try #require(index.statistics.recall)
        #expect(atFirst.queries == 0 && atFirst.sampleSize == 128 && atFirst.rows == size)
        var right = 0
        for trial in 0..<trials {
            // Once the buffer is full, only one of eight searches is recorded.
            let new = Array(rest[trial * 384..<(trial + 1) * 384])
            let probing = (0..<(trial == 0 ? 1 : 12)).flatMap { _ in new }
            if try holds(index, rows, probing: probing, checking: checking) { right += 1 }
            let recall = try #require(index.statistics.recall)
            #expect(recall.queries == recall.sampleSize && (64...192).contains(recall.sampleSize))
        }
        #expect(right >= trials - 2, "\(right) of \(trials) trials")
    }

    /// Until there are queries, stored rows stand for them. They are not found more easily than queries are.
    @Test(arguments: 0..<3 as Range<UInt64>) func storedRowsAreMeasuredAsIfTheyWereQueries(seed: UInt64) throws {
        let all = Self.vectors(10_400, seed: 10 + seed)
        let rows = Array(all.prefix(10_000))
        let index = try filledIndex(rows, Self.options(target: 0.9))
        let recall = try #require(index.statistics.recall)
        #expect(recall.queries == 0)
        let dictionary = Dictionary(uniqueKeysWithValues: rows.enumerated().map { (Int64($0), $1) })
        let checked = try all.suffix(200).map { query in
            share(of: try index.searchDense(query, limit: 10, filter: nil, ef: recall.ef), query, dictionary)
        }
        let truth = checked.reduce(0, +) / Double(checked.count)
        // The truth itself is measured on 200 queries.
        #expect((recall.lower - 0.02...recall.upper + 0.02).contains(truth), "\(truth), \(recall)")
    }

    private func share(of hits: [IndexHit], _ query: [Float], _ rows: [Int64: [Float]]) -> Double {
        recall(hits, query, among: rows, k: 10)
    }

    /// Sentence vectors in the file of CONTEXTD_RECALL_VECTORS: float32 rows of 384 components.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["CONTEXTD_RECALL_VECTORS"] != nil))
    func containsTheTrueRecallOfSentenceVectors() throws {
        let path = try #require(ProcessInfo.processInfo.environment["CONTEXTD_RECALL_VECTORS"])
        let data = try Data(contentsOf: URL(filePath: path))
        let stride = 384 * MemoryLayout<Float>.size
        let all = (0..<data.count / stride).map { row in
            unit(
                (0..<384).map { j in
                    data.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: row * stride + j * MemoryLayout<Float>.size, as: Float.self) }
                })
        }
        let rows = Array(all.dropLast(800))
        let index = try filledIndex(rows, Self.options(target: 0.95))
        #expect(try holds(index, rows, probing: Array(all.suffix(800).prefix(400)), checking: Array(all.suffix(400))))
    }

    /// A repeated query is one query; otherwise a popular one would narrow the interval, and be in both halves of the sample.
    @Test func repeatedQueriesAreCountedOnce() throws {
        let rows = Self.vectors(4_000, seed: 2)
        let index = try filledIndex(rows, Self.options(target: 0.9))
        let queries = Self.vectors(300, seed: 3)
        for _ in 0..<5 { for query in queries { _ = try index.searchDense(query, limit: 10, allowed: nil) } }
        #expect(!index.needsMaintenance, "300 distinct queries are too few")
        for query in Self.vectors(84, seed: 4) { _ = try index.searchDense(query, limit: 10, allowed: nil) }
        #expect(index.needsMaintenance)
        index.maintain()
        let recall = try #require(index.statistics.recall)
        #expect(recall.queries == recall.sampleSize && recall.queries > 0)
    }

    /// The recall of a graph of 4,000 rows says nothing about one of 8,000.
    @Test func isMeasuredAgainWhenTheIndexHasGrown() throws {
        let rows = Self.vectors(8_000, seed: 5)
        let index = try filledIndex(Array(rows.prefix(4_000)), Self.options(target: 0.9))
        #expect(index.statistics.recall?.rows == 4_000)
        let later = rows.indices.dropFirst(4_000).map { entry(Int64($0), rows[$0]) }
        try index.apply(removingDocuments: [], adding: later, sequence: 2)
        index.maintain()
        #expect(index.statistics.recall?.rows == 8_000)
        #expect(!index.needsMaintenance)
    }

    /// Thousands of rows that are almost equally near: int8 codes order them almost at random, and an exhaustive search by codes alone
    /// takes the wrong ten for the nearest, which a graph search by codes confirms.
    @Test func isComparedWithTheNearestByFloats() throws {
        var rng = SplitMix64(seed: 206)
        let centre = unit(randomVector(Self.dimension, &rng))
        let rows = (0..<6_000).map { _ in
            let noise = unit(randomVector(Self.dimension, &rng))
            return unit(zip(centre, noise).map { $0 + 0.01 * $1 })
        }
        let index = try filledIndex(rows, Self.options(target: 0.9))
        let probing = (0..<384).map { _ in
            let noise = unit(randomVector(Self.dimension, &rng))
            return unit(zip(centre, noise).map { $0 + 0.01 * $1 })
        }
        #expect(try holds(index, rows, probing: probing, checking: Array(probing.prefix(200))))
        #expect(try #require(index.statistics.recall).mean < 0.9)
    }

    @Test func survivesASnapshot() throws {
        let folder = try TestPaths.scratch("index")
        let index = openIndex(folder, dimension: Self.dimension, Self.options(target: 0.9)).index
        let rows = Self.vectors(3_000, seed: 7)
        try index.apply(removingDocuments: [], adding: rows.indices.map { entry(Int64($0), rows[$0]) }, sequence: 1)
        index.maintain()
        try index.saveSnapshot()
        let before = try #require(index.statistics.recall)
        let reopened = openIndex(folder, dimension: Self.dimension, Self.options(target: 0.9))
        let after = try #require(reopened.index.statistics.recall)
        #expect(after.ef == before.ef && after.rows == before.rows)
        #expect(after.sampleSize == before.sampleSize && after.queries == before.queries)
        for (a, b) in [(after.mean, before.mean), (after.lower, before.lower), (after.upper, before.upper)] { #expect(abs(a - b) <= 1e-6) }
        #expect(!reopened.index.needsMaintenance)
    }
}
