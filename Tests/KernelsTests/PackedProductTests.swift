import CKernels
import Foundation
import Kernels
import TestSupport
import Testing

@Suite struct PackedProductTests {
    /// Sizes around the edges of tiles, panels and blocks: rows 6, 8 and 128, columns 16 and 48, depths 4 and 384.
    static let rowCounts = Array(0...17) + [24, 127, 128, 129, 137]
    static let columnCounts = [1, 2, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 96, 97]
    static let depths = [0, 1, 2, 3, 4, 5, 31, 32, 33, 383, 384, 385, 768, 1_000, 1_536]

    struct Problem {
        let m: Int, n: Int, k: Int
        let a: [Float], w: [Float], bias: [Float], before: [Float]
        let lda: Int, ldc: Int

        init(m: Int, n: Int, k: Int, _ rng: inout SplitMix64) {
            (self.m, self.n, self.k) = (m, n, k)
            (lda, ldc) = (k + Int.random(in: 0...3, using: &rng), n + Int.random(in: 0...3, using: &rng))
            a = randomVector(max(m * lda, 1), &rng)
            w = randomVector(max(n * k, 1), &rng)
            bias = randomVector(n, &rng)
            before = randomVector(m * ldc + 1, &rng)
        }

        /// Computes the sum of the products and the sum of their magnitudes, in double precision.
        func element(_ i: Int, _ j: Int) -> (value: Double, magnitude: Double) {
            var sum = (value: 0.0, magnitude: 0.0)
            for p in 0..<k {
                let product = Double(a[i * lda + p]) * Double(w[j * k + p])
                sum.value += product
                sum.magnitude += abs(product)
            }
            return sum
        }

        func result(at level: ck_level, _ kind: ck_gemm_result, biased: Bool) -> [Float] {
            var packed = [Float](repeating: .nan, count: ck_gemm_packed_count(k, n))
            ck_gemm_pack_outputs_f32_at(level, w, n, k, k, &packed)
            var c = before
            ck_gemm_f32_at(level, a, m, k, lda, packed, n, biased ? bias : nil, kind, &c, ldc)
            return c
        }
    }

    /// Checks the header's error bound for one element, from its exact value before GELU.
    static func check(
        _ got: Float, _ kind: ck_gemm_result, _ sum: (value: Double, magnitude: Double), k: Int, before: Float, bias: Float
    ) -> Bool {
        let start = kind == CK_GEMM_ACCUMULATE ? Double(before) : 0
        let x = sum.value + start + Double(bias)
        let error = (Double(k + 4) * sum.magnitude + 2 * (abs(start) + abs(Double(bias)))) * unitRoundoff * 1.01
        guard kind == CK_GEMM_GELU else { return abs(Double(got) - x) <= error }
        // The slope of GELU is at most 1.13; its own error is that of `geluIsWithinItsBound`.
        let bound = 1.13 * error + (abs(x) + error) * (1e-7 + 2 * unitRoundoff)
        return abs(Double(got) - 0.5 * x * (1 + erf(x / 2.0.squareRoot()))) <= bound
    }

    @Test(arguments: levels, 0..<400 as Range<UInt64>) func staysWithinTheRoundingBound(level: ck_level, seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let m = try #require(Self.rowCounts.randomElement(using: &rng))
        let n = try #require(Self.columnCounts.randomElement(using: &rng))
        let k = try #require(Self.depths.randomElement(using: &rng))
        let problem = Problem(m: m, n: n, k: k, &rng)
        let kind = ck_gemm_result(rawValue: UInt32.random(in: 0...2, using: &rng))
        let biased = Bool.random(using: &rng)
        let c = problem.result(at: level, kind, biased: biased)
        // Checks all elements of a small problem, a sample and the corners of a large one.
        var wrong = 0
        for i in 0..<m {
            for j in 0..<n where m * n * k < 100_000 || Int.random(in: 0..<40, using: &rng) == 0 || (i == m - 1 && j == n - 1) {
                let at = i * problem.ldc + j
                let good = Self.check(
                    c[at], kind, problem.element(i, j), k: k, before: problem.before[at], bias: biased ? problem.bias[j] : 0)
                wrong += good ? 0 : 1
            }
            for at in i * problem.ldc + n..<(i + 1) * problem.ldc { wrong += c[at] == problem.before[at] ? 0 : 1 }
        }
        #expect(wrong == 0, "seed \(seed): \(m) × \(k) × \(n), result \(kind.rawValue), bias \(biased)")
        #expect(c[m * problem.ldc] == problem.before[m * problem.ldc], "seed \(seed): written past the end")
    }

    /// Every tile of every kernel, with every remainder of rows and columns.
    @Test(arguments: levels, rowCounts) func everyTileSizeIsCorrect(level: ck_level, m: Int) {
        for n in Self.columnCounts {
            var rng = SplitMix64(seed: UInt64(1000 * m + n))
            let problem = Problem(m: m, n: n, k: 7, &rng)
            let c = problem.result(at: level, CK_GEMM_STORE, biased: true)
            for i in 0..<m {
                for j in 0..<n {
                    let good = Self.check(
                        c[i * problem.ldc + j], CK_GEMM_STORE, problem.element(i, j), k: 7, before: 0, bias: problem.bias[j])
                    if !good { Issue.record("\(m) × \(n): element \(i), \(j)") }
                }
            }
        }
    }

    /// A row or a range of columns computed separately has the same bits as in the whole product.
    @Test(arguments: levels) func partsEqualTheWholeProductBitForBit(level: ck_level) {
        var rng = SplitMix64(seed: 77)
        for k in [5, 384, 1536] {
            let problem = Problem(m: 30, n: 100, k: k, &rng)
            var packed = [Float](repeating: 0, count: ck_gemm_packed_count(k, 100))
            ck_gemm_pack_outputs_f32(problem.w, 100, k, k, &packed)
            let whole = problem.result(at: level, CK_GEMM_GELU, biased: true)
            for i in 0..<30 {
                for start in [0, 16, 48, 80] {
                    let row = Array(problem.a[i * problem.lda..<i * problem.lda + k])
                    var c = [Float](repeating: 0, count: 100 - start)
                    ck_gemm_f32_at(
                        level, row, 1, k, k, Array(packed[(start * k)...]), 100 - start, Array(problem.bias[start...]),
                        CK_GEMM_GELU, &c, 100 - start)
                    #expect(c == Array(whole[i * problem.ldc + start..<i * problem.ldc + 100]), "row \(i), from \(start)")
                }
            }
        }
    }

    /// Compares GELU with its definition in double precision: the inputs are the columns of B, and A is the number 1.
    @Test(arguments: levels) func geluIsWithinItsBound(level: ck_level) {
        // A fine grid over the curved part, both tails, and the extremes.
        var inputs = (-160_000...160_000).map { Float($0) / 20_000 }
        inputs += [0, -0.0, 1e-30, -1e-30, 20, -20, 1e10, -1e10, .greatestFiniteMagnitude, -.greatestFiniteMagnitude]
        inputs += (0..<7).map { Float($0) }  // the last panel is not full
        let n = inputs.count
        var packed = [Float](repeating: .nan, count: ck_gemm_packed_count(1, n))
        ck_gemm_pack_rows_f32(inputs, 1, n, n, &packed)
        var outputs = [Float](repeating: .nan, count: n)
        ck_gemm_f32_at(level, [1], 1, 1, 1, packed, n, nil, CK_GEMM_GELU, &outputs, n)
        var worst = 0.0
        for (x, y) in zip(inputs, outputs) {
            let x = Double(x)
            // erf within 2e-7 and two roundings, all scaled by x/2, plus the rounding of the result.
            let bound = abs(x) / 2 * (2e-7 + 2 * unitRoundoff) + abs(x) * unitRoundoff + 1e-44
            let want = 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
            worst = max(worst, abs(Double(y) - want) / bound)
            if abs(Double(y) - want) > bound { Issue.record("gelu(\(x)) = \(y), not \(want)") }
        }
        #expect(worst <= 1)
    }

    /// Compares the fused results with the product followed by separate steps.
    @Test func fusedResultsAgreeWithSeparateSteps() {
        var rng = SplitMix64(seed: 5)
        let (m, n, k) = (37, 50, 64)
        let (a, w, bias, before) = (
            randomVector(m * k, &rng), randomVector(n * k, &rng), randomVector(n, &rng), randomVector(m * n, &rng)
        )
        let (la, lc) = (MatrixLayout(rows: m, columns: k), MatrixLayout(rows: m, columns: n))
        let matrix = PackedMatrix(packing: w.span, outputs: n, inputs: k)
        func product(_ bias: [Float], _ kind: ProductResult) -> [Float] {
            var c = before
            var span = c.mutableSpan
            matrix.multiply(a.span, la, bias: bias.span, kind, into: &span, lc)
            return c
        }
        let plain = product([], .store)
        let biased = plain.indices.map { plain[$0] + bias[$0 % n] }
        #expect(product(bias, .store) == biased)
        let curved = biased.map { 0.5 * Double($0) * (1 + erf(Double($0) / 2.0.squareRoot())) }
        // `geluIsWithinItsBound` allows an error of 3e-7 · |x|, and |x| is below 30.
        #expect(zip(product(bias, .gelu), curved).allSatisfy { abs(Double($0) - $1) <= 1e-5 })
        let sums = zip(plain, before).map { $0 + $1 }
        #expect(zip(product([], .accumulate), sums).allSatisfy { abs($0 - $1) <= 1e-6 })
    }

    @Test func columnRangesFillOnlyTheirColumns() {
        var rng = SplitMix64(seed: 6)
        let (m, n, k) = (5, 70, 20)
        let (a, w, bias) = (randomVector(m * k, &rng), randomVector(n * k, &rng), randomVector(n, &rng))
        let (la, lc) = (MatrixLayout(rows: m, columns: k), MatrixLayout(rows: m, columns: n))
        let matrix = PackedMatrix(packing: w.span, outputs: n, inputs: k)
        var whole = [Float](repeating: 0, count: m * n)
        var span = whole.mutableSpan
        matrix.multiply(a.span, la, bias: bias.span, .gelu, into: &span, lc)
        var parts = [Float](repeating: 9, count: m * n)
        span = parts.mutableSpan
        matrix.multiply(a.span, la, bias: bias.span, .gelu, into: &span, lc, columns: 48..<70)
        #expect((0..<m * n).allSatisfy { $0 % n < 48 ? parts[$0] == 9 : parts[$0] == whole[$0] })
        span = parts.mutableSpan
        matrix.multiply(a.span, la, bias: bias.span, .gelu, into: &span, lc, columns: 0..<48)
        matrix.multiply(a.span, la, bias: bias.span, .gelu, into: &span, lc, columns: 16..<16)
        #expect(parts == whole)
    }

    /// Several matrices in one memory block: each is unchanged, whatever space its neighbours' last panels leave.
    @Test func matricesInOneMemoryBlockAreSeparate() {
        var rng = SplitMix64(seed: 7)
        // The second block is large enough for huge pages.
        for sizes in [[(5, 3), (70, 20), (16, 1)], [(1, 1), (1_500, 400), (17, 9)]] {
            let weights = sizes.map { randomVector($0.0 * $0.1, &rng) }
            let memory = PackedMemory(floats: sizes.map { PackedMemory.room(inputs: $0.1, outputs: $0.0) }.reduce(0, +))
            let matrices = zip(weights, sizes).map { PackedMatrix(packing: $0.span, outputs: $1.0, inputs: $1.1, into: memory) }
            for (matrix, w) in zip(matrices, weights) {
                let a = randomVector(2 * matrix.inputs, &rng)
                let (la, lc) = (MatrixLayout(rows: 2, columns: matrix.inputs), MatrixLayout(rows: 2, columns: matrix.outputs))
                func product(_ matrix: PackedMatrix) -> [Float] {
                    var c = [Float](repeating: .nan, count: 2 * matrix.outputs)
                    var span = c.mutableSpan
                    matrix.multiply(a.span, la, bias: Span(), into: &span, lc)
                    return c
                }
                let alone = PackedMatrix(packing: w.span, outputs: matrix.outputs, inputs: matrix.inputs)
                #expect(product(matrix) == product(alone), "\(matrix.outputs) × \(matrix.inputs)")
            }
        }
    }

    @Test func fullPackedMemoryStopsTheProcess() async {
        await #expect(processExitsWith: .failure) {
            let a: [Float] = [1, 2]
            let memory = PackedMemory(floats: PackedMemory.room(inputs: 2, outputs: 1))
            _ = PackedMatrix(packing: a.span, outputs: 1, inputs: 2, into: memory)
            _ = PackedMatrix(packing: a.span, outputs: 1, inputs: 2, into: memory)
        }
    }

    /// Both ways of packing give the same layout, with zeros for missing columns.
    @Test(arguments: [(1, 1), (3, 15), (16, 16), (17, 33), (40, 50)]) func packingFollowsTheLayout(k: Int, n: Int) {
        var rng = SplitMix64(seed: UInt64(k * 100 + n))
        let b = randomVector(k * (n + 2) + 1, &rng)
        var expected = [Float](repeating: 0, count: packedCount(inputs: k, outputs: n))
        var transposed = [Float](repeating: 0, count: n * k)
        for p in 0..<k {
            for j in 0..<n {
                let value = b[1 + p * (n + 2) + j]
                expected[(j / 16 * k + p) * 16 + j % 16] = value
                transposed[j * k + p] = value
            }
        }
        var packed = [Float](repeating: .nan, count: expected.count)
        var span = packed.mutableSpan
        pack(b.span, MatrixLayout(rows: k, columns: n, stride: n + 2, offset: 1), into: &span)
        #expect(packed == expected)
        packed = [Float](repeating: .nan, count: expected.count)
        span = packed.mutableSpan
        packTransposed(transposed.span, MatrixLayout(rows: n, columns: k), into: &span)
        #expect(packed == expected)
    }

    @Test func aBiasOfAnotherLengthStopsTheProcess() async {
        await #expect(processExitsWith: .failure) {
            let a: [Float] = [1, 2]
            let matrix = PackedMatrix(packing: a.span, outputs: 1, inputs: 2)
            var c: [Float] = [0]
            var span = c.mutableSpan
            matrix.multiply(
                a.span, MatrixLayout(rows: 1, columns: 2), bias: a.span, into: &span, MatrixLayout(rows: 1, columns: 1))
        }
    }

    @Test func aShortPackedMatrixStopsTheProcess() async {
        await #expect(processExitsWith: .failure) {
            let a = [Float](repeating: 1, count: 40)
            var c: [Float] = [0]
            var span = c.mutableSpan
            multiply(
                a.span, MatrixLayout(rows: 1, columns: 40), packed: a.span, bias: [Float]().span, into: &span,
                MatrixLayout(rows: 1, columns: 1))
        }
    }
}
