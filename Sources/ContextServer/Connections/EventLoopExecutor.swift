package import NIOCore
import NIOPosix
import Synchronization

/// A task executor that runs on one event loop. A small request is then answered on the thread that reads its connection: a thread switch
/// costs more than most of the work between two switches.
///
/// Jobs wait in the executor's own queue, which one task of the loop drains: submitting each job to the loop costs more than most jobs.
package final class EventLoopExecutor: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        /// Whether a drain is scheduled or running: the loop has not found the queue empty since its submission.
        var isUnderWay = false
    }

    private let eventLoop: any EventLoop
    private let state = Mutex(State())

    /// Number of jobs in a row after which the loop serves its connections again.
    private static let turn = 256
    private static let all = Dictionary(
        uniqueKeysWithValues: MultiThreadedEventLoopGroup.singleton.makeIterator().map { (ObjectIdentifier($0), EventLoopExecutor($0)) })

    private init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Returns the executor of that loop.
    package static func of(_ eventLoop: any EventLoop) -> EventLoopExecutor {
        all[ObjectIdentifier(eventLoop)] ?? EventLoopExecutor(eventLoop)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isFirst = state.withLock { state in
            state.jobs.append(job)
            defer { state.isUnderWay = true }
            return !state.isUnderWay
        }
        if isFirst { eventLoop.execute { self.work() } }
    }

    private func work() {
        let executor = asUnownedTaskExecutor()
        var jobs: [UnownedJob] = []
        var done = 0
        while done < Self.turn {
            jobs.removeAll(keepingCapacity: true)
            state.withLock { state in
                swap(&state.jobs, &jobs)
                state.isUnderWay = !jobs.isEmpty
            }
            if jobs.isEmpty { return }
            for job in jobs { job.runSynchronously(on: executor) }
            done += jobs.count
        }
        eventLoop.execute { self.work() }
    }
}
