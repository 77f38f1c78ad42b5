/// A sliding window of successes and failures, in ten slices.
struct OutcomeWindow {
    private struct Slice {
        /// Start time of the slice, in multiples of the slice length.
        var number: Int64
        var successes = 0
        var failures = 0
    }

    private static let count: Int64 = 10

    private let slice: Duration
    /// Slices, oldest first.
    private var slices: [Slice] = []

    init(_ length: Duration) { slice = length / Int(Self.count) }

    mutating func add(isFailure: Bool, now: Duration) {
        let number = number(now)
        slices.removeAll { $0.number <= number - Self.count }
        if slices.last?.number != number { slices.append(Slice(number: number)) }
        if isFailure { slices[slices.count - 1].failures += 1 } else { slices[slices.count - 1].successes += 1 }
    }

    func counts(now: Duration) -> (all: Int, failures: Int) {
        let number = number(now)
        return slices.lazy.filter { $0.number > number - Self.count }
            .reduce((0, 0)) { ($0.0 + $1.successes + $1.failures, $0.1 + $1.failures) }
    }

    /// Returns the slice number, clamped to ±2⁶².
    private func number(_ now: Duration) -> Int64 { Int64(max(-0x1p62, min((now / slice).rounded(.down), 0x1p62))) }
}
