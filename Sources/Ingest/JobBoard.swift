import Synchronization

/// A notifier of job changes. Watchers read the new state of the job from the catalog.
final class JobBoard: Sendable {
    private struct State {
        var watchers: [String: [Int: AsyncStream<Void>.Continuation]] = [:]
        var nextNumber = 0
    }
    private let state = Mutex(State())

    /// Returns a stream that yields at once, so that the watcher reads the initial state, and after each change. Signals may be coalesced.
    func signals(of job: String) -> AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let number = state.withLock { state in
                state.nextNumber += 1
                state.watchers[job, default: [:]][state.nextNumber] = continuation
                return state.nextNumber
            }
            continuation.onTermination = { [weak self] _ in self?.remove(number, of: job) }
            continuation.yield()
        }
    }

    func announce(_ job: String) {
        let watchers = state.withLock { $0.watchers[job].map { Array($0.values) } ?? [] }
        for watcher in watchers { watcher.yield() }
    }

    func announceAll() {
        for watcher in state.withLock({ $0.watchers.values.flatMap(\.values) }) { watcher.yield() }
    }

    private func remove(_ number: Int, of job: String) {
        state.withLock { state in
            state.watchers[job]?[number] = nil
            if state.watchers[job]?.isEmpty == true { state.watchers[job] = nil }
        }
    }
}
