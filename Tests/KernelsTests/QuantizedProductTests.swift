import CKernels
import Foundation
import Kernels
import TestSupport
import Testing

/// Compares products of 8-bit numbers with integer sums computed one by one.
@Suite struct QuantizedProductTests {
    static let kinds = (0...CK_CODES_AVX512VNNI.rawValue).map { ck_codes_kind(rawValue: $0) }.filter { ck_codes_supports($0) != 0 }

    /// Sizes around the edges of tiles, panels and blocks: rows 4, 6, 8 and 256, columns 16 and 48, depth 4.
    static let rowCounts = Array(0...18) + [255, 256, 257]
    static let columnCounts = [1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 96, 97]
    static let depths = [0, 1, 2, 3, 4, 5, 31, 32, 33, 63, 64, 65, 95, 96, 97, 127, 128, 129, 383, 384, 385, 1_536]

    /// Arbitrary codes, with power-of-two scales, so that float32 represents every value exactly.
    struct Problem {
        let m: Int, n: Int, k: Int
        let stride: Int, ldc: Int, groups: Int
        let codes: [UInt8]
        let weights: [Float]
        let packed: [Int8], scale: [Float], weight: [Float], sum: [Int32]

        init(m: Int, n: Int, k: Int, _ rng: inout SplitMix64, extreme: Bool = false) {
            (self.m, self.n, self.k) = (m, n, k)
            (stride, ldc) = (codeStride(k) + 4 * Int.random(in: 0...2, using: &rng), n + Int.random(in: 0...3, using: &rng))
            codes = (0..<max(m * stride, 1)).map { _ in extreme ? 255 : UInt8.random(in: 0...255, using: &rng) }
            // Integers whose maximum in each group is 127, so that the codes equal the weights.
            let group = Int(CK_CODES_GROUP)
            weights = (0..<max(n * k, 1)).map { place in
                extreme || place % max(k, 1) % group == 0 ? 127 : Float(Int.random(in: -127...127, using: &rng))
            }
            groups = codeGroups(k)
            var (packed, scale, sum) = (
                [Int8](repeating: 0, count: ck_codes_packed_count(k, n)), [Float](repeating: -1, count: n * groups),
                [Int32](repeating: -1, count: n * groups)
            )
            ck_codes_pack_outputs(weights, n, k, k, &packed, &scale, &sum)
            (self.packed, self.scale, self.sum) = (packed, scale, sum)
            weight = zip(scale, sum).map { $0 * Float($1) }
        }

        func exact(_ i: Int, _ j: Int) -> Int { (0..<groups).reduce(0) { $0 + exact(i, j, group: $1) } }

        func exact(_ i: Int, _ j: Int, group: Int) -> Int {
            let steps = group * Int(CK_CODES_GROUP)..<min(k, (group + 1) * Int(CK_CODES_GROUP))
            return steps.reduce(0) { $0 + Int(codes[i * stride + $1]) * Int(weights[j * k + $1]) }
        }

        func result(
            _ kind: ck_codes_kind, _ result: ck_gemm_result, steps: [Float], lows: [Float], bias: [Float]?, before: [Float]
        ) -> [Float] {
            var c = before
            codes.withUnsafeBufferPointer { codes in
                steps.withUnsafeBufferPointer { steps in
                    lows.withUnsafeBufferPointer { lows in
                        packed.withUnsafeBufferPointer { packed in
                            scale.withUnsafeBufferPointer { scale in
                                weight.withUnsafeBufferPointer { weight in
                                    sum.withUnsafeBufferPointer { sum in
                                        ck_codes_gemm_as(
                                            kind,
                                            ck_codes_rows(
                                                codes: codes.baseAddress, scale: steps.baseAddress, low: lows.baseAddress,
                                                stride: stride), m, k,
                                            ck_codes_columns(
                                                packed: packed.baseAddress, scale: scale.baseAddress,
                                                weight: weight.baseAddress, sum: sum.baseAddress, group_stride: n), n, bias, result, &c, ldc
                                        )
                                    }
                                }
                            }
                        }
                    }
                }
            }
            return c
        }
    }

    /// With steps of 1 and lows of 0, each element equals its sum of products exactly.
    @Test(arguments: kinds, 0..<300 as Range<UInt64>) func sumsAreExact(kind: ck_codes_kind, seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let m = try #require(Self.rowCounts.randomElement(using: &rng))
        let n = try #require(Self.columnCounts.randomElement(using: &rng))
        let k = try #require(Self.depths.randomElement(using: &rng))
        let problem = Problem(m: m, n: n, k: k, &rng)
        if k > 0 { #expect(problem.scale.allSatisfy { $0 == 1 }, "the largest weight is 127") }
        let before = randomVector(m * problem.ldc + 1, &rng)
        let c = problem.result(
            kind, CK_GEMM_STORE, steps: [Float](repeating: 1, count: m * problem.groups),
            lows: [Float](repeating: 0, count: m * problem.groups), bias: nil, before: before)
        var wrong = 0
        for i in 0..<m {
            for j in 0..<n where m * n * k < 100_000 || Int.random(in: 0..<40, using: &rng) == 0 || (i == m - 1 && j == n - 1) {
                wrong += c[i * problem.ldc + j] == Float(problem.exact(i, j)) ? 0 : 1
            }
            for at in i * problem.ldc + n..<(i + 1) * problem.ldc { wrong += c[at] == before[at] ? 0 : 1 }
        }
        #expect(wrong == 0, "seed \(seed): \(m) × \(k) × \(n)")
        #expect(c[m * problem.ldc] == before[m * problem.ldc], "seed \(seed): written past the end")
    }

    /// Codes of 255 times weights of ±127, which would saturate 16-bit intermediates.
    @Test(arguments: kinds, [1, 4, 8, 64, 500]) func theLargestSumsAreExact(kind: ck_codes_kind, k: Int) {
        var rng = SplitMix64(seed: 1)
        let problem = Problem(m: 2, n: 17, k: k, &rng, extreme: true)
        let c = problem.result(
            kind, CK_GEMM_STORE, steps: [Float](repeating: 1, count: 2 * problem.groups),
            lows: [Float](repeating: 0, count: 2 * problem.groups), bias: nil, before: [Float](repeating: 0, count: 2 * problem.ldc))
        for i in 0..<2 { for j in 0..<17 { #expect(c[i * problem.ldc + j] == Float(k * 255 * 127)) } }
    }

    /// Steps, lows, bias and the previous C: every kind does the same float32 operations, within the error bound of the exact value.
    @Test(arguments: 0..<60 as Range<UInt64>) func everyKindReturnsTheSameBits(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed + 1_000)
        let m = try #require(Self.rowCounts.prefix(18).randomElement(using: &rng))
        let n = try #require(Self.columnCounts.randomElement(using: &rng))
        let k = Int.random(in: 1...300, using: &rng)
        let problem = Problem(m: m, n: n, k: k, &rng)
        let (steps, lows) = (randomVector(m * problem.groups, &rng).map { abs($0) }, randomVector(m * problem.groups, &rng))
        let (bias, before) = (randomVector(n, &rng), randomVector(m * problem.ldc + 1, &rng))
        for kind in [CK_GEMM_STORE, CK_GEMM_ACCUMULATE] {
            let want = problem.result(CK_CODES_SCALAR, kind, steps: steps, lows: lows, bias: bias, before: before)
            for i in 0..<m {
                for j in 0..<n {
                    let at = i * problem.ldc + j
                    var parts = [Double(bias[j]), kind == CK_GEMM_ACCUMULATE ? Double(before[at]) : 0]
                    for g in 0..<problem.groups {
                        let range = i * problem.groups + g
                        parts.append(Double(steps[range]) * Double(problem.exact(i, j, group: g)))
                        parts.append(Double(lows[range]) * Double(problem.sum[g * n + j]))
                    }
                    let bound = Double(6 + problem.groups) * unitRoundoff * parts.reduce(0) { $0 + abs($1) }
                    #expect(abs(Double(want[at]) - parts.reduce(0, +)) <= bound, "seed \(seed)")
                }
            }
            for other in Self.kinds.dropFirst() {
                let got = problem.result(other, kind, steps: steps, lows: lows, bias: bias, before: before)
                #expect(got == want, "seed \(seed), kind \(other.rawValue), result \(kind.rawValue)")
            }
        }
        // The vector kernels compute GELU as a polynomial, the reference calls the C library.
        let want = problem.result(CK_CODES_SCALAR, CK_GEMM_GELU, steps: steps, lows: lows, bias: bias, before: before)
        for other in Self.kinds.dropFirst() {
            let got = problem.result(other, CK_GEMM_GELU, steps: steps, lows: lows, bias: bias, before: before)
            for (a, b) in zip(got, want) { #expect(abs(a - b) <= 1e-6 * max(1, abs(b)), "seed \(seed), kind \(other.rawValue)") }
        }
    }

    @Test(arguments: levels, [0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 96, 127, 128, 129, 383, 384, 385])
    func rowsAreWithinHalfAStep(level: ck_level, columns: Int) {
        var rng = SplitMix64(seed: UInt64(columns))
        let (rows, xStride, stride, groups) = (5, columns + 3, codeStride(columns) + 4, codeGroups(columns))
        var x = randomVector(rows * xStride, &rng).map { $0 * 7 - 1 }
        for c in 0..<columns { x[xStride + c] = 2.5 }  // a row with a constant value
        var (codes, scales, lows) = (
            [UInt8](repeating: 77, count: rows * stride), [Float](repeating: -1, count: rows * groups),
            [Float](repeating: -1, count: rows * groups)
        )
        ck_codes_quantize_rows_at(level, x, rows, columns, xStride, &codes, stride, &scales, &lows)
        for r in 0..<rows {
            for g in 0..<groups {
                let span = g * Int(CK_CODES_GROUP)..<min(columns, (g + 1) * Int(CK_CODES_GROUP))
                guard let least = x[(r * xStride + span.lowerBound)..<(r * xStride + span.upperBound)].min(),
                    let most = x[(r * xStride + span.lowerBound)..<(r * xStride + span.upperBound)].max()
                else { continue }
                let (step, low) = (scales[r * groups + g], lows[r * groups + g])
                #expect(low == least)
                #expect(abs(step - (most - least) / 255) <= step * 0x1p-22)
                for c in span {
                    let back = Double(low) + Double(step) * Double(codes[r * stride + c])
                    #expect(abs(back - Double(x[r * xStride + c])) <= 0.5001 * Double(step) + 1e-6, "row \(r), column \(c)")
                }
            }
            for c in columns..<codeStride(columns) { #expect(codes[r * stride + c] == 0, "the padding must be zero") }
            for c in codeStride(columns)..<stride { #expect(codes[r * stride + c] == 77, "bytes after the padding must not change") }
        }
        var reference = [UInt8](repeating: 77, count: rows * stride)
        ck_codes_quantize_rows_at(CK_SCALAR, x, rows, columns, xStride, &reference, stride, &scales, &lows)
        #expect(codes == reference, "the same codes at every level")
    }

    @Test(arguments: levels) func extremeValuesHaveFiniteScales(level: ck_level) {
        let rows: [[Float]] = [
            [0, -0.0, 0, 0, 0], [.leastNonzeroMagnitude, 0, .leastNormalMagnitude, 0, 0],
            [.greatestFiniteMagnitude, -.greatestFiniteMagnitude, 0, 1, 2],
            [.infinity, 0, 1, 2, 3], [.nan, 0, 1, 2, 3], [1e30, 1, 2, 3, 4],
        ]
        for row in rows {
            var (codes, scale, low) = ([UInt8](repeating: 0, count: 8), Float(0), Float(0))
            ck_codes_quantize_rows_at(level, row, 1, 5, 5, &codes, 8, &scale, &low)
            if row.allSatisfy({ abs($0) <= 1e30 }) { #expect(scale.isFinite && low.isFinite, "\(row)") }
        }
    }

    @Test func weightsAreWithinHalfAStep() {
        var rng = SplitMix64(seed: 3)
        for (n, k) in [(1, 1), (17, 5), (33, 384)] {
            var w = randomVector(n * k, &rng)
            if n > 2 { for p in 0..<k { w[2 * k + p] = 0 } }  // an output whose weights are all zero
            let groups = codeGroups(k)
            var (packed, scale, sum) = (
                [Int8](repeating: 99, count: ck_codes_packed_count(k, n)), [Float](repeating: 0, count: n * groups),
                [Int32](repeating: 0, count: n * groups)
            )
            ck_codes_pack_outputs(w, n, k, k, &packed, &scale, &sum)
            let stride = codeStride(k)
            for j in 0..<n {
                var totals = [Int32](repeating: 0, count: groups)
                for p in 0..<k {
                    let (code, g) = (packed[(j / 16 * stride + p / 4 * 4) * 16 + j % 16 * 4 + p % 4], p / Int(CK_CODES_GROUP))
                    totals[g] += Int32(code)
                    #expect(abs(Float(code) * scale[g * n + j] - w[j * k + p]) <= scale[g * n + j] * 0.5001)
                    #expect(code != -128)
                }
                for g in 0..<groups { #expect(totals[g] == sum[g * n + j]) }
            }
        }
    }

    /// Compares the class that owns a matrix, with shares of columns and from a later row, with one product in double precision.
    @Test func columnRangesFormTheWholeProduct() {
        var rng = SplitMix64(seed: 8)
        let (rows, inputs, outputs) = (11, 150, 100)
        let (x, w, bias) = (randomVector(rows * inputs, &rng), randomVector(outputs * inputs, &rng), randomVector(outputs, &rng))
        let matrix = QuantizedMatrix(quantizing: w.span, outputs: outputs, inputs: inputs)
        var (codes, steps, lows) = (
            [UInt8](repeating: 0, count: rows * codeStride(inputs)), [Float](repeating: 0, count: rows * codeGroups(inputs)),
            [Float](repeating: 0, count: rows * codeGroups(inputs))
        )
        var codeSpan = codes.mutableSpan
        var stepSpan = steps.mutableSpan
        var lowSpan = lows.mutableSpan
        quantizeRows(x.span, MatrixLayout(rows: rows, columns: inputs), into: &codeSpan, steps: &stepSpan, lows: &lowSpan)
        var out = [Float](repeating: .nan, count: 8 * outputs)
        var target = out.mutableSpan
        for columns in [0..<48, 48..<96, 96..<100] {
            matrix.multiply(
                codes: codes.span, steps: steps.span, lows: lows.span, row: 3, bias: bias.span, into: &target,
                MatrixLayout(rows: 8, columns: outputs), columns: columns)
        }
        for i in 0..<8 {
            for j in 0..<outputs {
                let want = (0..<inputs).reduce(Double(bias[j])) { $0 + Double(x[(i + 3) * inputs + $1]) * Double(w[j * inputs + $1]) }
                // Half a step of 2/255 in each activation and of 1/127 in each weight, assuming that the errors are independent.
                #expect(abs(Double(out[i * outputs + j]) - want) < 0.25, "\(i), \(j)")
            }
        }
    }

    @Test func quantizedTableEmbedsLikeFloatRows() {
        var rng = SplitMix64(seed: 9)
        let (rows, columns) = (7, 133)
        let word = randomVector(rows * columns, &rng)
        let (position, type) = (randomVector(4 * columns, &rng), randomVector(columns, &rng))
        let (scale, shift) = (randomVector(columns, &rng), randomVector(columns, &rng))
        let ids: [Int32] = [6, 0, 0, 3]
        let table = QuantizedTable(rows: rows, columns: columns) { Array(word[$0.lowerBound * columns..<$0.upperBound * columns]) }
        func embedded(_ table: EmbeddingTable) -> [Float] {
            var out = [Float](repeating: 0, count: 5 * columns)
            var span = out.mutableSpan
            let isWhole = table.embedTokens(
                ids.span, position: position.span, type: type.span, scale: scale.span, shift: shift.span, epsilon: 1e-6, into: &span,
                row: 1)
            #expect(isWhole)
            return out
        }
        let (want, got) = (embedded(.float32(word)), embedded(.int8(table)))
        for i in want.indices { #expect(abs(want[i] - got[i]) < 0.03, "\(i)") }
        #expect(got[..<columns].allSatisfy { $0 == 0 } && got != want)
    }
}
