import CKernels
import Kernels
import Testing
import TestSupport

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
        let squares = Self.dotReference(a, a)
        #expect(abs(Double(ck_sqnorm_f32_at(level, a, n)) - squares.value) <= Double(n) * unitRoundoff * squares.value * 1.01)
    }

    @Test(arguments: levels, lengths) func squaredDistanceStaysWithinTheRoundingBound(level: ck_level, n: Int) {
        var rng = SplitMix64(seed: UInt64(n) + 1000)
        let (a, b) = (randomVector(n, &rng), randomVector(n, &rng))
        let want = zip(a, b).reduce(0.0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
        // Each difference is rounded once, which squaring doubles: n + 2 roundings of positive terms.
        #expect(abs(Double(ck_l2sq_f32_at(level, a, b, n)) - want) <= Double(n + 3) * unitRoundoff * want * 1.01)
    }

    @Test(arguments: levels, lengths) func axpyAndScaleRoundTwiceAtMost(level: ck_level, n: Int) {
        var rng = SplitMix64(seed: UInt64(n) + 2000)
        let (x, y) = (randomVector(n, &rng), randomVector(n, &rng))
        let alpha = Float.random(in: -2..<2, using: &rng)
        var (sum, scaled) = (y, x)
        ck_axpy_f32_at(level, alpha, x, &sum, n)
        ck_scale_f32_at(level, alpha, &scaled, n)
        for i in 0..<n {
            let product = Double(alpha) * Double(x[i])
            let bound = unitRoundoff * (2 * abs(product) + abs(Double(y[i]))) * 1.01
            #expect(abs(Double(sum[i]) - (Double(y[i]) + product)) <= bound)
            #expect(scaled[i] == alpha * x[i])
        }
    }

    @Test(arguments: levels) func dotRowsStaysWithinTheRoundingBound(level: ck_level) {
        for d in [1, 7, 8, 15, 16, 17, 33, 384] {
            for n in [0, 1, 3, 4, 5, 9] {
                var rng = SplitMix64(seed: UInt64(d * 100 + n))
                let stride = d + Int.random(in: 0...3, using: &rng)
                let query = randomVector(d, &rng)
                let rows = randomVector(n * stride, &rng)
                var out = [Float](repeating: .nan, count: n)
                ck_dot_rows_f32_at(level, query, d, rows, stride, n, &out)
                for r in 0..<n {
                    let want = Self.dotReference(query, Array(rows[r * stride..<r * stride + d]))
                    #expect(abs(Double(out[r]) - want.value) <= Double(d) * unitRoundoff * want.magnitude * 1.01, "\(d), \(n)")
                }
            }
        }
    }

    @Test func theDispatchedKernelIsTheBestLevel() {
        var rng = SplitMix64(seed: 77)
        let (a, b) = (randomVector(391, &rng), randomVector(391, &rng))
        #expect(ck_dot_f32(a, b, 391) == ck_dot_f32_at(ck_best_level(), a, b, 391))
        #expect(dot(a.span, b.span) == ck_dot_f32(a, b, 391))
        #expect(squaredNorm(a.span) == dot(a.span, a.span))
        var scores = [Float](repeating: 0, count: 3)
        var out = scores.mutableSpan
        dotRows(a.span.extracting(0..<130), b.span.extracting(0..<390), into: &out)
        #expect(abs(scores[2] - dot(a.span.extracting(0..<130), b.span.extracting(260..<390))) < 1e-4)
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
            var span = copy.mutableSpan
            let norm = l2Normalize(&span)
            #expect(abs(Double(norm) / exact - 1) < 1e-4 * max(1, Double(n) / 100) || size < 1e-35)
            for i in 0..<n { #expect(abs(Double(copy[i]) - Double(vector[i]) / exact) < 1e-6, "size \(size)") }
            #expect(l2Normalized(vector) == copy)
        }
    }

    @Test func aVectorWithoutADirectionStaysAsItIs() {
        for vector: [Float] in [[], [0, 0, 0], [.infinity, 1], [1, -.infinity]] { #expect(l2Normalized(vector) == vector) }
        let result = l2Normalized([1, .nan])
        #expect(result[0] == 1 && result[1].isNaN)
    }
}
