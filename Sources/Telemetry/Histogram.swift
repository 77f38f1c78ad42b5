/// How values are spread: how many were at most each of some bounds, how many there were, and their sum. A plain value.
public struct Histogram: Equatable, Sendable {
    /// Upper bounds of the buckets, inclusive, ascending; above the last one there is one more bucket.
    public let bounds: [Double]
    /// Values in each bucket and in none before it; one more than `bounds`.
    public private(set) var counts: [Int]
    public private(set) var sum = 0.0

    /// Bounds for durations in seconds, from half a millisecond to a minute.
    public static let secondsBounds: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]

    public init(bounds: [Double] = secondsBounds) {
        self.bounds = bounds
        counts = [Int](repeating: 0, count: bounds.count + 1)
    }

    public var count: Int { counts.reduce(0, +) }

    /// Takes a value in; one that is no finite number is passed over.
    public mutating func record(_ value: Double) {
        guard value.isFinite else { return }
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }

    /// Takes in a duration, in seconds; one below zero counts as zero.
    public mutating func record(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        record(max(0, Double(seconds) + Double(attoseconds) * 1e-18))
    }
}
