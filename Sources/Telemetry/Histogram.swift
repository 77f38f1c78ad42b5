/// A histogram: the number of values in each bucket, and their sum. A plain value.
public struct Histogram: Equatable, Sendable {
    /// Inclusive upper bounds of the buckets, ascending; one more bucket follows the last bound.
    public let bounds: [Double]
    /// Number of values in each bucket (not cumulative); one element more than `bounds`.
    public private(set) var counts: [Int]
    public private(set) var sum = 0.0

    /// Bounds for durations in seconds, from a millisecond to a minute, about four times the one before: each bound is a line of `/metrics`
    /// for each series.
    public static let secondsBounds: [Double] = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60]

    public init(bounds: [Double] = secondsBounds) {
        self.bounds = bounds
        counts = [Int](repeating: 0, count: bounds.count + 1)
    }

    public var count: Int { counts.reduce(0, +) }

    /// Records a value. Ignores infinities and NaN.
    public mutating func record(_ value: Double) {
        guard value.isFinite else { return }
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }

    /// Records a duration, in seconds; a negative one counts as zero.
    public mutating func record(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        record(max(0, Double(seconds) + Double(attoseconds) * 1e-18))
    }
}
