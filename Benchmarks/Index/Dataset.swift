import BenchSupport
import Foundation
import Kernels

/// Rows and queries drawn from the same distribution.
struct Dataset {
    static let queryCount = 500

    let dimension: Int
    let rows: [[Float]]
    let queries: [[Float]]
    let origin: String

    /// The first `count` rows.
    func prefix(_ count: Int) -> Dataset {
        Dataset(dimension: dimension, rows: Array(rows.prefix(count)), queries: queries, origin: origin)
    }

    /// Generates synthetic sentence embeddings: topics within fields, spread along 96 directions of decreasing weight, with a little noise
    /// in all directions. Neighbours must differ in few directions, as real ones do; uniform vectors would make any graph look bad, and
    /// tight clusters would make any look good.
    static func synthetic(_ count: Int, dimension: Int, seed: UInt64 = 1) -> Dataset {
        var rng = SeededGenerator(seed: seed)
        let directions = (0..<96).map { _ in gaussian(dimension, &rng) }
        let fields = (0..<40).map { _ in lowRank(directions, scale: 1, &rng) }
        let topics = (0..<4_000).map { i in mixed(fields[i % fields.count], lowRank(directions, scale: 0.8, &rng)) }
        let all = (0..<count + queryCount).map { _ in
            let topic = topics[Int.random(in: 0..<topics.count, using: &rng)]
            var vector = mixed(topic, lowRank(directions, scale: 0.7, &rng))
            let noise = gaussian(dimension, &rng)
            for j in 0..<dimension { vector[j] += 0.15 * noise[j] }
            return normalized(vector)
        }
        return Dataset(
            dimension: dimension, rows: Array(all.prefix(count)), queries: Array(all.suffix(queryCount)),
            origin: "made-up embeddings, seed \(seed)")
    }

    /// Reads the rows of a raw float32 file. Returns `nil` if it is not such a file with more than `queryCount` rows.
    static func file(_ path: String, dimension: Int) -> Dataset? {
        guard let data = FileManager.default.contents(atPath: path), data.count % (4 * dimension) == 0 else { return nil }
        let floats = data.withUnsafeBytes { bytes in
            (0..<data.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
        }
        let all = stride(from: 0, to: floats.count, by: dimension).map { normalized(Array(floats[$0..<$0 + dimension])) }
        guard all.count > queryCount, floats.allSatisfy(\.isFinite) else { return nil }
        return Dataset(
            dimension: dimension, rows: Array(all.dropLast(queryCount)), queries: Array(all.suffix(queryCount)),
            origin: (path as NSString).lastPathComponent)
    }

    /// For each query, the score of its `k`-th nearest row that passes, or of the last one if fewer pass, from a comparison with all rows
    /// in float32; -∞ if none passes.
    func worstOfBest(_ k: Int, where passes: (Int) -> Bool = { _ in true }) -> [Float] {
        let passing = rows.indices.filter(passes)
        return queries.map { query in
            var best = TopK(capacity: k)
            for row in passing {
                let vector = rows[row]
                let score = dot(query.span, vector.span)
                if score >= best.threshold { best.offer(score, id: Int64(row)) }
            }
            return best.sorted().last?.score ?? -.infinity
        }
    }

    private static func gaussian(_ count: Int, _ rng: inout SeededGenerator) -> [Float] {
        (0..<count).map { _ in rng.normal() / Float(count).squareRoot() }
    }

    private static func lowRank(_ directions: [[Float]], scale: Float, _ rng: inout SeededGenerator) -> [Float] {
        var sum = [Float](repeating: 0, count: directions[0].count)
        for (rank, direction) in directions.enumerated() {
            let weight = scale * rng.normal() / Float(rank + 4).squareRoot()
            for j in sum.indices { sum[j] += weight * direction[j] }
        }
        return sum
    }

    private static func normalized(_ vector: [Float]) -> [Float] {
        var row = vector
        var span = row.mutableSpan
        l2NormalizeRows(&span, columns: vector.count)
        return row
    }

    private static func mixed(_ a: [Float], _ b: [Float]) -> [Float] { zip(a, b).map { $0 + $1 } }
}
