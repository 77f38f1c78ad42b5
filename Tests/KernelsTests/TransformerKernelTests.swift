import CKernels
import Foundation
import Kernels
import TestSupport
import Testing

/// Compares the fused kernels with their definitions in double precision.
@Suite struct TransformerKernelTests {
    static let widths = [1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 63, 65, 384]

    /// `columns` numbers with a typical mean and deviation for rows within a transformer.
    static func rows(_ count: Int, _ rng: inout SplitMix64) -> [Float] { randomVector(count, &rng).map { 3 * $0 + 0.5 } }

    @Test(arguments: levels, widths) func layerNormIsWithinItsBound(level: ck_level, columns: Int) {
        var rng = SplitMix64(seed: UInt64(columns) + 50)
        let count = 3 * columns
        let (x, residual) = (Self.rows(count, &rng), Self.rows(count, &rng))
        let (bias, scale, shift) = (randomVector(columns, &rng), randomVector(columns, &rng), randomVector(columns, &rng))
        var out = residual
        ck_bias_residual_layernorm_f32_at(level, x, bias, &out, scale, shift, 1e-3, 3, columns)
        for r in 0..<3 {
            let row = (0..<columns).map { Double(x[r * columns + $0]) + Double(bias[$0]) + Double(residual[r * columns + $0]) }
            for (c, want) in Self.layerNorm(row, scale, shift, epsilon: 1e-3).enumerated() {
                // Inputs of up to 8 have two roundings each; the mean and the variance add a few per column; dividing by a deviation of at
                // least √1e-3 scales the remaining error of the mean.
                let bound = Double(columns + 20) * unitRoundoff * 8 / 0.03
                #expect(abs(Double(out[r * columns + c]) - want) <= bound, "row \(r), column \(c)")
            }
        }
    }

    static func layerNorm(_ row: [Double], _ scale: [Float], _ shift: [Float], epsilon: Double) -> [Double] {
        let mean = row.reduce(0, +) / Double(row.count)
        let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
        return row.indices.map { (row[$0] - mean) / (variance + epsilon).squareRoot() * Double(scale[$0]) + Double(shift[$0]) }
    }

    @Test(arguments: levels, Array(1...40) + [127, 128, 200, 256]) func softmaxIsWithinItsBound(level: ck_level, columns: Int) {
        var rng = SplitMix64(seed: UInt64(columns) + 90)
        let stride = columns + 3
        let scale: Float = 0.7
        let x = randomVector(2 * stride, &rng).map { $0 * 30 }
        var out = x
        var factors: [Float] = [0, 0]
        ck_exp_rows_f32_at(level, &out, scale, 2, columns, stride, &factors)
        ck_scale_rows_f32_at(level, &out, factors, 2, columns, stride)
        for r in 0..<2 {
            let row = (0..<columns).map { Double(x[r * stride + $0] * scale) }
            let top = row.max() ?? 0
            let powers = row.map { exp($0 - top) }
            let total = powers.reduce(0, +)
            for c in 0..<columns {
                // The exponent, at most 42, and its base-2 form, at most 61, are rounded four times: a relative error of 61·ln 2·4·2⁻²⁴.
                // exp adds 3 units, the sum one per column, the factor two.
                let want = powers[c] / total
                #expect(abs(Double(out[r * stride + c]) - want) <= want * Double(columns + 180) * unitRoundoff + 1e-37)
            }
            for c in columns..<stride { #expect(out[r * stride + c] == x[r * stride + c], "the gap must not change") }
        }
    }

    @Test(arguments: levels) func softmaxHandlesExtremeValues(level: ck_level) {
        for row: [Float] in [[1e30, -1e30, 0], [-1e30, -1e30], [88, -88, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [5]] {
            var out = row
            var factor: Float = 0
            ck_exp_rows_f32_at(level, &out, 1, 1, row.count, row.count, &factor)
            ck_scale_rows_f32_at(level, &out, &factor, 1, row.count, row.count)
            #expect(abs(out.reduce(0, +) - 1) < 1e-5 && out.allSatisfy { $0 >= 0 && $0 <= 1 }, "\(row)")
        }
    }

    @Test(arguments: levels, widths) func meansAreWithinTheirBound(level: ck_level, columns: Int) {
        var rng = SplitMix64(seed: UInt64(columns) + 130)
        for rows in [0, 1, 2, 5, 188] {
            let x = randomVector(rows * columns, &rng)
            var out = [Float](repeating: .nan, count: columns)
            ck_mean_rows_f32_at(level, x, rows, columns, &out)
            for c in 0..<columns {
                let want = rows == 0 ? 0 : (0..<rows).reduce(0.0) { $0 + Double(x[$1 * columns + c]) } / Double(rows)
                #expect(abs(Double(out[c]) - want) <= Double(rows + 2) * unitRoundoff)
            }
        }
    }

    @Test(arguments: levels, widths) func embeddingsAreSummedAndNormalized(level: ck_level, columns: Int) {
        var rng = SplitMix64(seed: UInt64(columns) + 170)
        // Six rows of positions, then the type, the scale and the shift.
        let (word, terms) = (randomVector(9 * columns, &rng), randomVector(9 * columns, &rng))
        let (position, type) = (Array(terms[..<(6 * columns)]), Array(terms[6 * columns..<7 * columns]))
        let (scale, shift) = (Array(terms[7 * columns..<8 * columns]), Array(terms[(8 * columns)...]))
        let ids: [Int32] = [8, 0, 3, 3, 7]
        var out = [Float](repeating: .nan, count: ids.count * columns)
        terms.withUnsafeBufferPointer { terms in
            let start = terms.baseAddress!
            let added = ck_embedding_terms(
                position: start, type: start + 6 * columns, gamma: start + 7 * columns, beta: start + 8 * columns, eps: 1e-3,
                cols: columns)
            ck_embed_layernorm_f32_at(level, ids, ids.count, word, added, &out)
        }
        for (t, id) in ids.enumerated() {
            let row = (0..<columns).map {
                Double(word[Int(id) * columns + $0]) + Double(position[t * columns + $0]) + Double(type[$0])
            }
            for (c, want) in Self.layerNorm(row, scale, shift, epsilon: 1e-3).enumerated() {
                #expect(abs(Double(out[t * columns + c]) - want) <= Double(columns + 20) * unitRoundoff * 3 / 0.03, "token \(t)")
            }
        }
    }

    /// The Swift function reads only the rows in its range, and changes only one row.
    @Test func rowsOutsideTheRangeAreNotChanged() {
        var rng = SplitMix64(seed: 200)
        let x = randomVector(5 * 8, &rng)
        var means = [Float](repeating: 9, count: 24)
        var out = means.mutableSpan
        meanRows(x.span, rows: 1..<3, columns: 8, into: &out, row: 1)
        #expect(means[0] == 9 && means[16] == 9)
        #expect(abs(means[8] - (x[8] + x[16]) / 2) < 1e-6)
    }
}
