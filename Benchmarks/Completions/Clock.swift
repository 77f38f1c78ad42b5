import Foundation

/// The machine's monotonic clock, which all processes share.
enum Clock {
    /// Nanoseconds since an arbitrary moment in the past.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// A collection of durations of the same kind.
struct Times {
    private var nanoseconds: [Int64] = []

    var count: Int { nanoseconds.count }

    mutating func add(_ duration: Int64) { nanoseconds.append(duration) }

    mutating func add(_ others: Times) { nanoseconds += others.nanoseconds }

    /// The percentile in milliseconds, by nearest rank; `share` is between 0 and 1. `nan` if there are no durations.
    func percentile(_ share: Double) -> Double {
        let sorted = nanoseconds.sorted()
        guard !sorted.isEmpty else { return .nan }
        let place = Int((share * Double(sorted.count)).rounded(.up)) - 1
        return Double(sorted[min(sorted.count - 1, max(0, place))]) / 1e6
    }
}
