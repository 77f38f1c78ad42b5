import CKernels
import Kernels
import TestSupport
import Testing

/// All instruction set levels that this processor supports.
let levels = (0...ck_best_level().rawValue).map { ck_level(rawValue: $0) }

/// Lengths around every unroll and tail boundary, and the model's own dimension.
let lengths = Array(0...70) + [127, 128, 129, 383, 384, 385]

/// Half a unit in the last place of 1: the rounding error of one float operation on numbers of magnitude 1.
let unitRoundoff = 0x1p-24

@Suite struct FloatKernelTests {
    static func dotReference(_ a: [Float], _ b: [Float]) -> (value: Double, magnitude: Double) {
        zip(a, b).reduce(into: (0.0, 0.0)) { sum, pair in
            sum.0 += Double(pair.0) * Double(pair.1)
            sum.1 += abs(Double(pair.0) * Double(pair.1))
        }
    }

    @Test(arguments: levels, lengths) func dotStaysWithinTheRoundingBound(level: ck_level, n: Int) {
        var rng = SplitMix64(seed: UInt64(n))
        let (a, b) = (randomVector(n, &rng), randomVector(n, &rng))
        let want = Self.dotReference(a, b)
        let bound = Double(n) * unitRoundoff * want.magnitude * 1.01  // Higham 2002, eq. 3.5; γₙ ≈ 1.01·n·u at most
        #expect(abs(Double(ck_dot_f32_at(level, a, b, n)) - want.value) <= bound, "seed \(n)")
    }

    @Test(arguments: levels, lengths) func scalingRoundsEachProductOnce(level: ck_level, n: Int) {
        var rng = SplitMix64(seed: UInt64(n) + 2000)
        let x = randomVector(n, &rng)
        let alpha = Float.random(in: -2..<2, using: &rng)
        var scaled = x
        ck_scale_f32_at(level, alpha, &scaled, n)
        #expect(scaled == x.map { alpha * $0 })
    }

    @Test func theDispatchedKernelIsTheBestLevel() {
        var rng = SplitMix64(seed: 77)
        let (a, b) = (randomVector(391, &rng), randomVector(391, &rng))
        #expect(ck_dot_f32(a, b, 391) == ck_dot_f32_at(ck_best_level(), a, b, 391))
        #expect(dot(a.span, b.span) == ck_dot_f32(a, b, 391))
    }

    @Test func aLevelThatTheProcessorLacksFallsBack() {
        let beyond = ck_level(rawValue: 3)
        #expect(ck_dot_f32_at(beyond, [1, 2], [3, 4], 2) == 11)
    }

    @Test(arguments: lengths.dropFirst()) func normalizedVectorsHaveLengthOne(n: Int) {
        var rng = SplitMix64(seed: UInt64(n) + 3000)
        for size: Float in [1, 1e-18, 1e-30, 1e-37, 1e18, 1e37] {
            let vector = randomVector(n, &rng).map { ($0 + ($0 < 0 ? -0.01 : 0.01)) * size }
            let exact = vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            var copy = vector
            let norm = ck_normalize_f32(&copy, n)
            #expect(abs(Double(norm) / exact - 1) < 1e-4 * max(1, Double(n) / 100) || size < 1e-35)
            for i in 0..<n { #expect(abs(Double(copy[i]) - Double(vector[i]) / exact) < 1e-6, "size \(size)") }
            var rows = vector + vector
            var span = rows.mutableSpan
            l2NormalizeRows(&span, columns: n)
            #expect(rows == copy + copy)
        }
    }

    @Test func vectorWithoutADirectionIsNotChanged() {
        for vector: [Float] in [[], [0, 0, 0], [.infinity, 1], [1, -.infinity]] {
            var copy = vector
            ck_normalize_f32(&copy, vector.count)
            #expect(copy == vector)
        }
        var result: [Float] = [1, .nan]
        ck_normalize_f32(&result, 2)
        #expect(result[0] == 1 && result[1].isNaN)
    }
}
