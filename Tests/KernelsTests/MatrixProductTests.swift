import Kernels
import Testing
import TestSupport

@Suite struct MatrixProductTests {
    /// Three loops in double precision; also returns Σ|aᵢₖbₖⱼ| of each element.
    static func reference(
        _ a: [Float], _ la: MatrixLayout, _ b: [Float], _ lb: MatrixLayout, transposeB: Bool, _ i: Int, _ j: Int
    ) -> (value: Double, magnitude: Double) {
        var sum = (value: 0.0, magnitude: 0.0)
        for k in 0..<la.columns {
            let product =
                Double(a[la.offset + i * la.stride + k])
                * Double(b[lb.offset + (transposeB ? j * lb.stride + k : k * lb.stride + j)])
            sum.value += product
            sum.magnitude += abs(product)
        }
        return sum
    }

    @Test(arguments: 0..<60 as Range<UInt64>) func productsStayWithinTheRoundingBound(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        let (m, n, k) = (Int.random(in: 1...70, using: &rng), Int.random(in: 1...70, using: &rng), Int.random(in: 1...90, using: &rng))
        let transposeB = Bool.random(using: &rng)
        let accumulate = Bool.random(using: &rng)
        func layout(_ rows: Int, _ columns: Int) -> MatrixLayout {
            MatrixLayout(
                rows: rows, columns: columns, stride: columns + Int.random(in: 0...5, using: &rng),
                offset: Int.random(in: 0...9, using: &rng))
        }
        let (la, lc) = (layout(m, k), layout(m, n))
        let lb = transposeB ? layout(n, k) : layout(k, n)
        let (a, b) = (randomVector(la.end, &rng), randomVector(lb.end, &rng))
        let before = randomVector(lc.end + 4, &rng)
        var c = before
        var span = c.mutableSpan
        multiply(a.span, la, b.span, lb, transposeB: transposeB, into: &span, lc, accumulate: accumulate)
        var touched = Set<Int>()
        for i in 0..<m {
            for j in 0..<n {
                let at = lc.offset + i * lc.stride + j
                touched.insert(at)
                let want = Self.reference(a, la, b, lb, transposeB: transposeB, i, j)
                let start = accumulate ? Double(before[at]) : 0
                let bound = Double(k + 1) * unitRoundoff * (want.magnitude + abs(start)) * 1.01
                #expect(abs(Double(c[at]) - want.value - start) <= bound, "seed \(seed), (\(i), \(j))")
            }
        }
        for at in c.indices where !touched.contains(at) { #expect(c[at] == before[at], "seed \(seed): written outside the matrix") }
    }

    @Test func anEmptyProductWritesNothing() {
        let (a, b): ([Float], [Float]) = ([], [1, 2, 3])
        var c: [Float] = [7, 7]
        var span = c.mutableSpan
        multiply(
            a.span, MatrixLayout(rows: 0, columns: 3), b.span, MatrixLayout(rows: 3, columns: 1), into: &span,
            MatrixLayout(rows: 0, columns: 1))
        #expect(c == [7, 7])
    }

    @Test func layoutsKnowTheirEnd() {
        #expect(MatrixLayout(rows: 3, columns: 2, stride: 5, offset: 1).end == 13)
        #expect(MatrixLayout(rows: 0, columns: 2).end == 0)
        #expect(MatrixLayout(rows: 2, columns: 2).fits(4))
        #expect(!MatrixLayout(rows: 2, columns: 2).fits(3))
    }

    @Test func aMatrixOutsideItsFloatsStopsTheProcess() async {
        await #expect(processExitsWith: .failure) {
            let a: [Float] = [1, 2, 3]
            var c: [Float] = [0, 0]
            var span = c.mutableSpan
            multiply(
                a.span, MatrixLayout(rows: 2, columns: 2), a.span, MatrixLayout(rows: 2, columns: 1), into: &span,
                MatrixLayout(rows: 2, columns: 1))
        }
    }
}
