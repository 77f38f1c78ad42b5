import CKernels
import Kernels
import TestSupport
import Testing

@Suite struct Int8Tests {
    /// Lengths around every unroll and tail boundary, and the dimensions of common models.
    static let lengths = Array(0...130) + [191, 192, 193, 255, 256, 257, 383, 384, 385, 767, 768, 1024]
    static let levels = (0...ck_best_level().rawValue).map { ck_level(rawValue: $0) }

    private func randomComponents(_ count: Int, _ rng: inout SplitMix64) -> [Int8] {
        (0..<count).map { _ in Int8.random(in: -127...127, using: &rng) }
    }

    private func reference(_ a: [Int8], _ b: [Int8]) -> Int32 {
        zip(a, b).reduce(0) { $0 + Int32($1.0) * Int32($1.1) }
    }

    @Test(arguments: levels, lengths) func dotIsExactAtEveryLevel(level: ck_level, n: Int) {
        var rng = SplitMix64(seed: UInt64(n))
        for _ in 0..<8 {
            let (a, b) = (randomComponents(n, &rng), randomComponents(n, &rng))
            #expect(ck_dot_i8_at(level, a, b, n) == reference(a, b), "seed \(n)")
        }
    }

    /// The largest products at the largest dimension; they would saturate 16 bits if -128 were allowed.
    @Test(arguments: levels) func extremesNeitherSaturateNorOverflow(level: ck_level) {
        let n = Int8Code.maximumDimension
        for (x, y) in [(Int8(127), Int8(127)), (127, -127), (-127, 127), (-127, -127)] {
            let (a, b) = ([Int8](repeating: x, count: n), [Int8](repeating: y, count: n))
            #expect(ck_dot_i8_at(level, a, b, n) == Int32(x) * Int32(y) * Int32(n))
        }
    }

    @Test(arguments: levels, [1, 63, 65, 384]) func anyAlignmentIsAllowed(level: ck_level, n: Int) {
        var rng = SplitMix64(seed: 7)
        let (a, b) = (randomComponents(n + 64, &rng), randomComponents(n + 64, &rng))
        for shift in [1, 3, 17, 31, 63] {
            let (sa, sb) = (Array(a[shift..<shift + n]), Array(b[64 - shift..<64 - shift + n]))
            let got = a.withUnsafeBufferPointer { pa in
                b.withUnsafeBufferPointer { pb in
                    ck_dot_i8_at(level, pa.baseAddress! + shift, pb.baseAddress! + 64 - shift, n)
                }
            }
            #expect(got == reference(sa, sb))
        }
    }

    /// Checks |x - component · scale| ≤ scale / 2 up to rounding, and that the largest component is ±127.
    @Test(arguments: [1, 2, 31, 384]) func encodingIsWithinHalfAScale(n: Int) {
        var rng = SplitMix64(seed: UInt64(n) &+ 100)
        for magnitude: Float in [1e-30, 1e-3, 1, 1e20] {
            let x = randomVector(n, &rng).map { $0 * magnitude }
            let (components, scale) = decode(Int8Code.encode(x.span), n)
            for (value, component) in zip(x, components) {
                #expect(abs(value - Float(component) * scale) <= scale * 0.5001)
                #expect(component != -128)
            }
            #expect(components.contains { abs($0) == 127 })
        }
    }

    /// Rounds to nearest, ties to even: 254 gives a scale of 2, and so quotients that are ties.
    @Test func quotientsAreRoundedTiesToEven() {
        let x = (-254...254).map(Float.init)
        let (components, scale) = decode(Int8Code.encode(x.span), x.count)
        #expect(scale == 2)
        #expect(components.map(Float.init) == x.map { ($0 / 2).rounded(.toNearestOrEven) })
    }

    @Test func zerosAndTinyVectorsEncodeToZero() {
        for x: [Float] in [[0, 0, 0], [.leastNonzeroMagnitude, 0, -.leastNonzeroMagnitude]] {
            let (components, scale) = decode(Int8Code.encode(x.span), 3)
            #expect(components == [0, 0, 0])
            #expect(scale == 0)
        }
    }

    @Test(arguments: levels, [1, 33, 64, 100, 384]) func scoresOfRowsAreDotTimesScale(level: ck_level, d: Int) {
        var rng = SplitMix64(seed: UInt64(d))
        let query = Int8Code.encode(randomVector(d, &rng).span)
        let codes = (0..<37).map { _ in Int8Code.encode(randomVector(d, &rng).span) }
        let want = codes.map { code in
            let (components, scale) = decode(code, d)
            return Float(reference(decode(query, d).0, components)) * scale
        }
        var atLevel = [Float](repeating: 0, count: codes.count)
        let flat = codes.flatMap { $0 }
        query.withUnsafeBytes { bytes in
            ck_score_i8_rows_at(level, bytes.bindMemory(to: Int8.self).baseAddress, flat, codes.count, d, &atLevel)
        }
        #expect(atLevel == want)

        var scores = [Float](repeating: 0, count: codes.count)
        var span = scores.mutableSpan
        Int8Code.score(query: query.span, codes: flat.span, dimension: d, into: &span)
        #expect(scores == want)

        let rows: [UInt32] = [36, 0, 5, 5, 17, 1]
        var gathered = [Float](repeating: 0, count: rows.count)
        var out = gathered.mutableSpan
        Int8Code.score(query: query.span, codes: flat.span, rows: rows.span, dimension: d, into: &out)
        #expect(gathered == rows.map { want[Int($0)] })
    }

    private func decode(_ code: [UInt8], _ d: Int) -> ([Int8], Float) {
        (code[..<d].map { Int8(bitPattern: $0) }, code.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: d, as: Float.self) })
    }
}

@Suite struct TopKTests {
    @Test(arguments: [0, 1, 2, 7, 100, 1000]) func topKEqualsTheStartOfASort(capacity: Int) {
        var rng = SplitMix64(seed: UInt64(capacity))
        for count in [0, 1, 6, 7, 8, 500] {
            // Few distinct scores, so that there are many ties.
            let items = (0..<count).map { TopK.Item(score: Float(Int.random(in: 0..<20, using: &rng)), id: Int64($0)) }
                .shuffled(using: &rng)
            var top = TopK(capacity: capacity)
            for item in items where item.score >= top.threshold { top.offer(item.score, id: item.id) }
            let want = items.sorted { $0.score != $1.score ? $0.score > $1.score : $0.id < $1.id }.prefix(capacity)
            #expect(top.sorted() == Array(want))
        }
    }

    @Test func nanScoreRanksLast() {
        var top = TopK(capacity: 2)
        top.offer(.nan, id: 1)
        top.offer(-1, id: 2)
        top.offer(0, id: 3)
        #expect(top.sorted().map(\.id) == [3, 2])
    }
}
