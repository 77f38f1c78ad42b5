import Foundation
import Synchronization

/// Runs tasks on one thread of its own, so that the processor time of what they await can be read from that thread's clock.
final class OneThread: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var isEnded = false
    }

    private let state = Mutex(State())
    private let waiting = DispatchSemaphore(value: 0)

    /// A running thread; it holds this until `end()`.
    static func start() -> OneThread {
        let executor = OneThread()
        Thread.detachNewThread { executor.run() }
        return executor
    }

    private init() {}

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
        waiting.signal()
    }

    /// Call when nothing runs here any more.
    func end() {
        state.withLock { $0.isEnded = true }
        waiting.signal()
    }

    private func run() {
        while true {
            waiting.wait()
            let next = state.withLock { $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }
            if let next {
                next.runSynchronously(on: asUnownedTaskExecutor())
            } else if state.withLock({ $0.isEnded }) {
                return
            }
        }
    }
}
