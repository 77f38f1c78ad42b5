/// Disjoint intervals of an axis, in order.
struct Intervals {
    private(set) var covered: [ClosedRange<Float>] = []

    mutating func insert(_ from: Float, _ to: Float) {
        guard from <= to else { return }
        var (low, high) = (from, to)
        var first = 0
        while first < covered.count, covered[first].upperBound < low { first += 1 }
        var end = first
        while end < covered.count, covered[end].lowerBound <= high {
            (low, high) = (min(low, covered[end].lowerBound), max(high, covered[end].upperBound))
            end += 1
        }
        covered.replaceSubrange(first..<end, with: [low...high])
    }

    /// The gaps between intervals that are at least `width` wide.
    func gaps(_ width: Float) -> [ClosedRange<Float>] {
        zip(covered, covered.dropFirst()).compactMap { left, right in
            right.lowerBound - left.upperBound >= width ? left.upperBound...right.lowerBound : nil
        }
    }
}
