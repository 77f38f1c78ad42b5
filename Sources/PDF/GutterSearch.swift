/// Segments side by side.
struct Strip {
    var segments: [Int]
    var core: ClosedRange<Float>
}

/// Finds the white space from top to bottom that has text on both sides in the most strips that follow one another.
struct GutterSearch {
    struct Run {
        var u: Float
        var strips: Range<Int>
        var twoSided: Int
        var narrowest: Float
    }

    private(set) var best: Run?

    private let set: WordSet
    private let segments: [Segment]
    private let size: Float

    /// - Parameters:
    ///   - size: the usual size of the text.
    ///   - budget: the number of comparisons that may be made, which is reduced.
    init(_ set: WordSet, _ segments: [Segment], _ strips: [Strip], size: Float, budget: inout Int) {
        (self.set, self.segments, self.size) = (set, segments, size)
        for u in candidates(strips) {
            budget -= strips.reduce(0) { $0 + $1.segments.count }
            guard budget > 0 else { return }
            search(strips, at: u)
        }
    }

    private static let mostCandidates = 400

    /// The middles of the gaps of strips, each about once.
    private func candidates(_ strips: [Strip]) -> [Float] {
        var middles: Set<Int> = []
        for strip in strips where strip.segments.count > 1 && middles.count < Self.mostCandidates {
            let boxes = strip.segments.map { segments[$0].box }.sorted { $0.u0 < $1.u0 }
            var end = boxes[0].u1
            for box in boxes.dropFirst() {
                if box.u0 - end > size * 0.6 {
                    middles.insert(Int(max(-100_000, min(100_000, (end + box.u0) / 4))))
                    middles.insert(Int(max(-100_000, min(100_000, (box.u0 - size * 0.4) / 2))))
                }
                end = max(end, box.u1)
            }
        }
        return middles.sorted().map { Float($0) * 2 + 1 }
    }

    private enum Side {
        case covered, soft, one
        case two(gap: Float)
    }

    private mutating func search(_ strips: [Strip], at u: Float) {
        var run = Run(u: u, strips: 0..<0, twoSided: 0, narrowest: .infinity)
        for (index, strip) in strips.enumerated() {
            switch side(strip, u) {
            case .covered:
                consider(run)
                run = Run(u: u, strips: index + 1..<index + 1, twoSided: 0, narrowest: .infinity)
                continue
            case .two(let gap):
                run.twoSided += 1
                run.narrowest = min(run.narrowest, gap)
            case .one, .soft: break
            }
            run.strips = run.strips.lowerBound..<index + 1
        }
        consider(run)
    }

    private mutating func consider(_ run: Run) {
        guard run.twoSided >= 3 || run.twoSided == 2 && run.narrowest > size * 2 else { return }
        if let best, (best.twoSided, best.narrowest) >= (run.twoSided, run.narrowest) { return }
        best = run
    }

    private func side(_ strip: Strip, _ u: Float) -> Side {
        var (left, right): (Float, Float) = (-.infinity, .infinity)
        var isSoft = false
        for index in strip.segments {
            let box = segments[index].box
            if box.u1 <= u + size * 0.15 {
                left = max(left, box.u1)
            } else if box.u0 >= u - size * 0.15 {
                right = min(right, box.u0)
            } else if hasGap(segments[index], at: u) {
                isSoft = true
            } else {
                return .covered
            }
        }
        if isSoft { return .soft }
        if left == -.infinity || right == .infinity { return .one }
        return right - left >= size * 0.6 ? .two(gap: right - left) : .covered
    }

    /// Whether words of the segment are further apart there than its words usually are.
    private func hasGap(_ segment: Segment, at u: Float) -> Bool {
        guard case .words(let words) = segment.content, words.count > 3 else { return false }
        guard let next = words.firstIndex(where: { set.words[$0].u0 > u }), next > 0 else { return false }
        let gap = set.words[words[next]].u0 - set.words[words[next - 1]].u1
        guard set.words[words[next - 1]].u1 < u + size * 0.15, gap > size * 0.5 else { return false }
        let gaps = zip(words, words.dropFirst()).map { set.words[$1].u0 - set.words[$0].u1 }.sorted()
        return gap > gaps[gaps.count / 2] * 1.3
    }
}
