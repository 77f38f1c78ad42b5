internal import Synchronization

/// A few of the queries of late, kept to find out how well the graph answers them. In memory only.
final class ProbeRing: Sendable {
    /// Of the searches by graph, every so many are kept.
    private static let every = 8
    /// Queries kept; newer ones take the place of the oldest.
    static let capacity = 128

    private struct State {
        var queries: [[Float]] = []
        var next = 0
        /// Since the last measurement.
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

    /// Whether half of the queries are new since the last measurement.
    var hasEnough: Bool { state.withLock { $0.fresh >= Self.capacity / 2 } }

    /// What there is.
    var queries: [[Float]] { state.withLock { $0.queries } }

    /// What there is, which then counts as measured.
    func take() -> [[Float]] {
        state.withLock { state in
            state.fresh = 0
            return state.queries
        }
    }
}
