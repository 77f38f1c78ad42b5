internal import Synchronization

/// A ring buffer of recent queries, which maintenance uses to measure the recall of graph search. In memory only.
final class ProbeRing: Sendable {
    /// Sampling interval: one of this many graph searches is recorded.
    private static let every = 8
    /// Maximum number of recorded queries; a new one replaces the oldest.
    static let capacity = 128

    private struct State {
        var queries: [[Float]] = []
        var next = 0
        /// Number of queries recorded since the last measurement.
        var fresh = 0
    }
    private let searches = Atomic<Int>(0)
    private let state = Mutex(State())

    func offer(_ query: [Float]) {
        guard searches.wrappingAdd(1, ordering: .relaxed).oldValue % Self.every == 0 else { return }
        state.withLock { state in
            if state.queries.count < Self.capacity { state.queries.append(query) } else { state.queries[state.next] = query }
            state.next = (state.next + 1) % Self.capacity
            state.fresh += 1
        }
    }

    /// Whether enough queries for half of the buffer were recorded since the last measurement.
    var hasEnough: Bool { state.withLock { $0.fresh >= Self.capacity / 2 } }

    /// The recorded queries.
    var queries: [[Float]] { state.withLock { $0.queries } }

    /// Returns the recorded queries and marks them as measured.
    func take() -> [[Float]] {
        state.withLock { state in
            state.fresh = 0
            return state.queries
        }
    }
}
