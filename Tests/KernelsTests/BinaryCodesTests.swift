import CKernels
import Kernels
import TestSupport
import Testing

@Suite struct BinaryCodesTests {
    static let levels = (0...ck_best_level().rawValue).map { ck_level(rawValue: $0) }
    static let dimensions = [1, 2, 63, 64, 65, 127, 128, 384, 385, 1_024]

    private func reference(_ a: [Float], _ b: [Float]) -> UInt32 {
        UInt32(zip(a, b).count { Int8Code.encode([$0].span)[0] >> 7 != Int8Code.encode([$1].span)[0] >> 7 })
    }

    @Test(arguments: levels, dimensions) func distanceIsTheNumberOfDifferentBits(level: ck_level, d: Int) {
        var rng = SplitMix64(seed: UInt64(d))
        // Components far from zero, so that rounding to a code keeps their signs.
        let vectors = (0..<40).map { _ in (0..<d).map { _ in Float.random(in: 0.5...1, using: &rng) * (Bool.random(using: &rng) ? 1 : -1) }
        }
        let codes = vectors.flatMap { Int8Code.encode($0.span) }
        let binaryCodes = BinaryCodes.of(codes: codes.span, dimension: d)
        let words = BinaryCodes.words(dimension: d)
        let query = Array(binaryCodes.prefix(words))
        #expect(binaryCodes.count == 40 * words)
        for count in [0, 1, 2, 15, 16, 17, 33, 100] {
            let rows = (0..<count).map { _ in UInt32.random(in: 0..<40, using: &rng) }
            var distances = [UInt32](repeating: 0, count: count)
            ck_binary_code_distances_at(level, query, binaryCodes, rows, count, words, &distances)
            #expect(distances == rows.map { reference(vectors[0], vectors[Int($0)]) }, "seed \(d)")
            #expect(BinaryCodes.distances(query: query.span, codes: binaryCodes.span, rows: rows.span) == distances)
        }
    }

    @Test func largestDimensionDoesNotOverflow() {
        let d = Int8Code.maximumDimension
        let codes = Int8Code.encode([Float](repeating: 1, count: d).span) + Int8Code.encode([Float](repeating: -1, count: d).span)
        let binaryCodes = BinaryCodes.of(codes: codes.span, dimension: d)
        let query = Array(binaryCodes.prefix(BinaryCodes.words(dimension: d)))
        #expect(BinaryCodes.distances(query: query.span, codes: binaryCodes.span, rows: [0, 1].span) == [0, 65_536])
    }

    @Test(arguments: [0, 1, 2, 7, 40, 1_000]) func leastDistantRowsKeepTheirOrder(wanted: Int) {
        var rng = SplitMix64(seed: UInt64(wanted))
        for count in [0, 1, 5, 15, 16, 17, 40, 100] {
            let rows = (0..<count).map { UInt32($0 * 3) }
            let distances = rows.map { _ in UInt32.random(in: 0...16, using: &rng) }
            let bound = wanted == 0 ? nil : distances.sorted().prefix(wanted).last
            let want = bound.map { bound in zip(rows, distances).filter { $0.1 <= bound }.map(\.0) } ?? []
            #expect(BinaryCodes.leastDistant(wanted, of: rows.span, distances: distances, dimension: 16) == want, "seed \(wanted)")
            for level in Self.levels {
                var (counts, out) = ([UInt32](repeating: 0, count: ck_distance_counts(16)), [UInt32](repeating: 0, count: count))
                let kept = ck_least_distant_at(level, distances, rows, count, wanted, &counts, 16, &out)
                #expect(Array(out.prefix(kept)) == want, "level \(level.rawValue), seed \(wanted)")
            }
        }
    }

    /// The pass that keeps few rows finds the same ones as sorting all distances does, also if the rows tie or become ever nearer, so that
    /// all are kept for a while.
    @Test(arguments: [0, 1, 7, 64, 900, 10_000]) func nearestRowsAreTheLeastDistantOnes(wanted: Int) {
        var rng = SplitMix64(seed: UInt64(wanted) + 9)
        let (dimension, count) = (70, 6_000)
        for kind in 0..<3 {
            let query: [UInt64] = [0, 0]
            let codes = (0..<count).flatMap { row -> [UInt64] in
                switch kind {
                case 0: [rng.next() & rng.next(), rng.next() & 63]
                case 1: [.max >> UInt64(row * 63 / count), 0]
                default: [row % 97 == 0 ? 1 : 3, 0]
                }
            }
            for rows in [[], [5], (0..<UInt32(count)).map { $0 }, stride(from: 1, to: UInt32(count), by: 3).map { $0 }] {
                let distances = BinaryCodes.distances(query: query.span, codes: codes.span, rows: rows.span)
                let want = BinaryCodes.leastDistant(wanted, of: rows.span, distances: distances, dimension: dimension)
                #expect(
                    BinaryCodes.nearest(wanted, to: query.span, codes: codes.span, rows: rows.span, dimension: dimension) == want,
                    "kind \(kind), \(rows.count) rows")
                for level in Self.levels {
                    let capacity = count + Int(CK_NEAREST_BLOCK)
                    var (counts, out) = ([UInt32](repeating: 0, count: dimension + 1), [UInt32](repeating: 0, count: capacity))
                    var working = out
                    let kept = ck_nearest_codes_at(
                        level, query, codes, rows, rows.count, 2, wanted, &counts, UInt32(dimension), &working, &out, capacity)
                    #expect(Array(out.prefix(kept)) == want, "level \(level.rawValue)")
                }
            }
        }
    }
}
