import Foundation
import Synchronization

/// A few threads of their own for work that blocks or computes for long, so that the cooperative pool keeps answering.
///
/// Work is taken in order of arrival. The queue is bounded: beyond `queueLimit` waiting pieces, `run` throws
/// `WorkerPoolFull` at once, which a server turns into "try again later".
public final class WorkerPool: Sendable {
    private let shared: Shared

    /// - Parameters:
    ///   - name: shown in debuggers, at most 15 bytes of it.
    ///   - threads: how many pieces run at once, at least 1.
    ///   - queueLimit: how many may wait.
    public init(name: String, threads: Int, queueLimit: Int) {
        precondition(threads >= 1 && queueLimit >= 1, "a pool has threads and a queue")
        let shared = Shared(limit: queueLimit)
        self.shared = shared
        for number in 0..<threads {
            let thread = Thread { shared.work() }
            thread.name = "\(name)-\(number)"
            thread.stackSize = 4 << 20
            thread.start()
        }
    }

    deinit { shared.close() }

    /// Runs `body` on one of the pool's threads and gives back what it returns or throws.
    public func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let accepted = shared.submit { continuation.resume(with: Result { try body() }) }
            if !accepted { continuation.resume(throwing: WorkerPoolFull()) }
        }
    }

    /// The queue and its threads' meeting place; apart from the pool, so that threads do not keep the pool alive.
    private final class Shared: Sendable {
        private struct State {
            var waiting: [@Sendable () -> Void] = []
            var head = 0
            var closed = false
        }
        private let state = Mutex(State())
        private let pieces = DispatchSemaphore(value: 0)
        private let limit: Int

        init(limit: Int) { self.limit = limit }

        func submit(_ piece: @escaping @Sendable () -> Void) -> Bool {
            let accepted = state.withLock { state in
                guard !state.closed, state.waiting.count - state.head < limit else { return false }
                state.waiting.append(piece)
                return true
            }
            if accepted { pieces.signal() }
            return accepted
        }

        func work() {
            while true {
                pieces.wait()
                guard let piece = state.withLock({ Self.take(&$0) }) else {
                    pieces.signal()  // closed: wake the next thread, so that all end
                    return
                }
                piece()
            }
        }

        func close() {
            state.withLock { $0.closed = true }
            pieces.signal()
        }

        private static func take(_ state: inout State) -> (@Sendable () -> Void)? {
            guard state.head < state.waiting.count else { return nil }
            let piece = state.waiting[state.head]
            state.head += 1
            if state.head >= 1024 || state.head == state.waiting.count {
                state.waiting.removeFirst(state.head)
                state.head = 0
            }
            return piece
        }
    }
}

/// The pool's queue is full: the caller should come back in a moment.
public struct WorkerPoolFull: Error, Sendable {
    public init() {}
}
