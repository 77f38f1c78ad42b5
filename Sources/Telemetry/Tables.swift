internal import Synchronization

/// Counts by key. Keys are of closed sets, or named by the operator: nothing that a client can make up.
public final class CountTable<Key: Hashable & Sendable>: Sendable {
    private let counts: Mutex<[Key: Int]>

    /// - Parameter keys: that are there from the start, at 0, so that a rate is known from their first event on.
    public init(_ keys: [Key] = []) {
        counts = Mutex(Dictionary(keys.map { ($0, 0) }) { first, _ in first })
    }

    /// - Parameter amount: at least 0; a sum beyond 64 bits stays at the largest.
    public func add(_ amount: Int = 1, to key: Key) {
        counts.withLock { counts in
            let (sum, overflows) = counts[key, default: 0].addingReportingOverflow(max(0, amount))
            counts[key] = overflows ? .max : sum
        }
    }

    public var current: [Key: Int] { counts.withLock { $0 } }
}

/// Durations by key. Keys as in `CountTable`.
public final class DurationTable<Key: Hashable & Sendable>: Sendable {
    private let histograms = Mutex<[Key: Histogram]>([:])

    public init() {}

    public func record(_ duration: Duration, for key: Key) {
        histograms.withLock { $0[key, default: Histogram()].record(duration) }
    }

    public var current: [Key: Histogram] { histograms.withLock { $0 } }
}
