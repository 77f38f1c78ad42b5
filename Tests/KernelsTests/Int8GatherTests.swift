import CKernels
import Kernels
import TestSupport
import Testing

@Suite struct Int8GatherTests {
    static let levels = (0...ck_best_level().rawValue).map { ck_level(rawValue: $0) }

    /// Rows in any order, repeated, and in numbers that are not multiples of four.
    @Test(arguments: levels, [1, 63, 64, 65, 100, 384, 385]) func aGatheredScoreIsTheScoreOfItsRow(level: ck_level, d: Int) {
        var rng = SplitMix64(seed: UInt64(d))
        let query = Int8Code.encode(randomVector(d, &rng).span)
        let codes = (0..<50).flatMap { _ in Int8Code.encode(randomVector(d, &rng).span) }
        for count in [0, 1, 2, 3, 4, 5, 7, 8, 12, 33, 101] {
            let rows = (0..<count).map { _ in UInt32.random(in: 0..<50, using: &rng) }
            var scores = [Float](repeating: 0, count: count)
            let want = query.withUnsafeBytes { query in
                let query = query.bindMemory(to: Int8.self).baseAddress!
                ck_score_i8_gather_at(level, query, codes, rows, count, d, &scores)
                return codes.withUnsafeBufferPointer { codes in
                    rows.map { ck_score_i8(query, codes.baseAddress! + Int($0) * (d + 4), d) }
                }
            }
            #expect(scores == want, "seed \(d), \(count) rows")
            var fetched = [Float](repeating: 0, count: count)
            query.withUnsafeBytes { query in
                ck_score_i8_fetched_at(level, query.bindMemory(to: Int8.self).baseAddress!, codes, rows, count, d, &fetched)
            }
            #expect(fetched == want, "seed \(d), \(count) rows that were prefetched")
        }
    }

    /// The largest products, in numbers that do not fill a register.
    @Test(arguments: levels, [61, 64, 1_000, 65_536]) func extremesAreExact(level: ck_level, d: Int) {
        for (x, y) in [(Int8(127), Int8(127)), (127, -127), (-127, 127), (-127, -127)] {
            let query = [Int8](repeating: x, count: d)
            var code = [UInt8](repeating: UInt8(bitPattern: y), count: d + 4)
            withUnsafeBytes(of: Float(1)) { code.replaceSubrange(d..<d + 4, with: $0) }
            let codes = (0..<4).flatMap { _ in code }
            var scores = [Float](repeating: 0, count: 4)
            ck_score_i8_rows_at(level, query, codes, 4, d, &scores)
            #expect(scores == [Float](repeating: Float(Int32(x) * Int32(y) * Int32(d)), count: 4))
        }
    }
}
