import Foundation
import Synchronization

/// Runs tasks on a dedicated thread, so that their processor time can be read from that thread's clock.
final class OneThread: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var isEnded = false
    }

    private let state = Mutex(State())
    private let waiting = DispatchSemaphore(value: 0)

    /// Starts the thread, which keeps this object alive until `end()`.
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

    /// Must be called when nothing runs here any more.
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
