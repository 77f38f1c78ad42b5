package import NIOCore
import NIOPosix
import Synchronization

/// Runs tasks on one event loop. What answers a small request then stays on the thread that its connection is read on: a change of threads
/// costs more than most of the work between two of them.
///
/// Jobs wait in a queue of its own, and the loop is asked once to work it off: handing each job to the loop costs more than most jobs.
package final class EventLoopExecutor: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        /// The loop has been asked, and has not found the queue empty since.
        var isUnderWay = false
    }

    private let eventLoop: any EventLoop
    private let state = Mutex(State())

    /// Jobs in a row before the loop looks at its connections.
    private static let turn = 256
    private static let all = Dictionary(
        uniqueKeysWithValues: MultiThreadedEventLoopGroup.singleton.makeIterator().map { (ObjectIdentifier($0), EventLoopExecutor($0)) })

    private init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// The one of that loop.
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
