internal import Synchronization

/// A table of counts by key. Keys come from fixed sets or from the operator, never from a client.
public final class CountTable<Key: Hashable & Sendable>: Sendable {
    private let counts: Mutex<[Key: Int]>

    /// - Parameter keys: keys that start at 0, so that a rate is defined from their first event on.
    public init(_ keys: [Key] = []) {
        counts = Mutex(Dictionary(keys.map { ($0, 0) }) { first, _ in first })
    }

    /// - Parameter amount: at least 0. The count saturates at the maximum of 64 bits.
    public func add(_ amount: Int = 1, to key: Key) {
        counts.withLock { counts in
            let (sum, overflows) = counts[key, default: 0].addingReportingOverflow(max(0, amount))
            counts[key] = overflows ? .max : sum
        }
    }

    public var current: [Key: Int] { counts.withLock { $0 } }
}

/// A table of duration histograms by key. Keys are as in `CountTable`.
public final class DurationTable<Key: Hashable & Sendable>: Sendable {
    private let histograms = Mutex<[Key: Histogram]>([:])

    public init() {}

    public func record(_ duration: Duration, for key: Key) {
        histograms.withLock { $0[key, default: Histogram()].record(duration) }
    }

    public var current: [Key: Histogram] { histograms.withLock { $0 } }
}
