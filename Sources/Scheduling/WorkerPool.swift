public import Failure
import Foundation
import Synchronization

/// A bounded pool of threads for work that blocks or computes for long, so that event loops and the cooperative pool keep responding.
///
/// Work is queued per key and served by `FairQueue`, which divides measured thread time fairly between keys. The pool has two groups of
/// threads: the foreground, and the background with a lower priority. When `queueLimit` pieces are waiting, `run` immediately throws
/// `WorkerPoolFull`.
public final class WorkerPool: Sendable {
    private let shared: Shared

    /// - Parameters:
    ///   - name: the threads' name in debuggers; at most 15 bytes are shown.
    ///   - threads: number of processors to use, at least 1. Each lane has one more thread, so that one key cannot occupy all of them.
    ///   - queueLimit: maximum number of waiting pieces.
    public init(name: String, threads: Int, queueLimit: Int) {
        precondition(threads >= 1 && queueLimit >= 1, "threads and queueLimit must be at least 1")
        let lane = threads + 1
        let shared = Shared(.init(waiting: queueLimit, foregroundThreads: lane, backgroundThreads: lane))
        self.shared = shared
        for number in 0..<lane {
            Self.startThread("\(name)-\(number)") { shared.work(in: .foreground) }
            Self.startThread("\(name)-bg-\(number)") {
                ThreadPriority.lower()
                shared.work(in: .background)
            }
        }
    }

    private static func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let thread = Thread {
            // Set the name on the thread itself: before it runs, there is no thread to name.
            Thread.current.name = name
            body()
        }
        thread.stackSize = 4 << 20
        thread.start()
    }

    deinit { shared.close() }

    /// Runs `body` on one of the pool's threads and returns its result. If the task is cancelled, a waiting piece is dropped, and a running
    /// one is notified through its `WorkStop`.
    ///
    /// A task that already runs on the pool for the same key (see `executor(for:_:)`) runs `body` at once, as part of its own piece, unless
    /// that piece has taken long: then other keys are served between the two.
    ///
    /// - Parameter key: the client that the work belongs to.
    /// - Throws: `WorkerPoolFull`; `CancellationError`; any error of `body`.
    public func run<Value: Sendable>(
        for key: WorkKey, _ kind: WorkKind = .brief, _ body: @escaping @Sendable (WorkStop) throws -> Value
    ) async throws -> Value {
        if CurrentPiece.admits(key, kind, in: self) { return try await runNow(body) }
        let (stop, id) = (WorkStop(), shared.newID())
        return try await withTaskCancellationHandler {
            try stop.check()
            return try await withCheckedThrowingContinuation { continuation in
                let piece = Piece {
                    continuation.resume(with: Result { try body(stop) })
                } drop: {
                    continuation.resume(throwing: CancellationError())
                }
                guard shared.submit(piece, id: id, key: key, kind: kind, isBounded: true) else {
                    return continuation.resume(throwing: WorkerPoolFull())
                }
                // A cancellation before `submit` found no piece to drop.
                if stop.isRequested { shared.drop(id) }
            }
        } onCancel: {
            stop.request()
            shared.drop(id)
        }
    }

    private func runNow<Value: Sendable>(_ body: @Sendable (WorkStop) throws -> Value) async throws -> Value {
        let stop = WorkStop()
        return try await withTaskCancellationHandler {
            try stop.check()
            return try body(stop)
        } onCancel: {
            stop.request()
        }
    }

    /// Runs `body` on one of the pool's threads, and blocks the calling thread, which must not be one of them, until `body` ends.
    public func wait<Value: Sendable>(
        for key: WorkKey, _ kind: WorkKind = .brief, _ body: @escaping @Sendable () throws -> Value
    ) throws -> Value {
        let box = Box<Value>()
        let piece = Piece {
            box.set(Result { try body() })
        } drop: {
            box.set(.failure(CancellationError()))
        }
        guard shared.submit(piece, id: shared.newID(), key: key, kind: kind, isBounded: false) else { throw WorkerPoolFull() }
        return try box.wait().get()
    }

    /// Returns an executor that runs an async function's jobs as pieces of `key`, in fair order with other keys.
    public func executor(for key: WorkKey, _ kind: WorkKind = .brief) -> FairExecutor { FairExecutor(pool: self, key: key, kind: kind) }

    /// Queues a continuation of work that was admitted elsewhere.
    fileprivate func submit(_ body: @escaping @Sendable () -> Void, key: WorkKey, kind: WorkKind) {
        _ = shared.submit(Piece(run: body, drop: {}), id: shared.newID(), key: key, kind: kind, isBounded: false)
    }

    /// Number of waiting pieces.
    public var waiting: Int { shared.waiting }

    private struct Piece: Sendable {
        let run: @Sendable () -> Void
        let drop: @Sendable () -> Void
    }

    /// The state shared by the pool and its threads; separate, so that the threads do not keep the pool alive.
    private final class Shared: Sendable {
        private typealias Queue = FairQueue<WorkKey, Piece>

        private struct State {
            var queue: Queue
            var closed = false
        }
        private let state: Mutex<State>
        /// Semaphores that wake the threads of each lane.
        private let semaphores = WorkLane.allCases.map { _ in DispatchSemaphore(value: 0) }
        private let lastID = Atomic<UInt64>(0)

        init(_ limits: FairQueue<WorkKey, Piece>.Limits) { state = Mutex(State(queue: FairQueue(limits: limits))) }

        func newID() -> UInt64 { lastID.add(1, ordering: .relaxed).newValue }

        var waiting: Int { state.withLock { $0.queue.waiting } }

        func submit(_ piece: Piece, id: UInt64, key: WorkKey, kind: WorkKind, isBounded: Bool) -> Bool {
            let now = ThreadClock.now
            let lane = state.withLock { state in
                state.closed ? nil : state.queue.arrive(id, piece, key: key, kind: kind, isBounded: isBounded, now: now)
            }
            guard let lane else { return false }
            semaphores[lane.rawValue].signal()
            return true
        }

        func drop(_ id: UInt64) { state.withLock { $0.queue.remove(id) }?.drop() }

        func work(in lane: WorkLane) {
            while true {
                semaphores[lane.rawValue].wait()
                while let start = next(in: lane) {
                    let before = ThreadClock.processorTime
                    start.piece.run()
                    let cost = ThreadClock.processorTime - before
                    state.withLock { $0.queue.finish(start.id, key: start.key, lane: lane, cost: cost, now: ThreadClock.now) }
                }
                if state.withLock({ $0.closed }) {
                    semaphores[lane.rawValue].signal()  // wake the next thread, so that all end
                    return
                }
            }
        }

        private func next(in lane: WorkLane) -> FairQueue<WorkKey, Piece>.Start? {
            var demoted = 0
            let start = state.withLock { $0.queue.next(in: lane, now: ThreadClock.now, demoted: &demoted) }
            for _ in 0..<demoted { semaphores[WorkLane.background.rawValue].signal() }
            return start
        }

        func close() {
            state.withLock { $0.closed = true }
            for semaphore in semaphores { semaphore.signal() }
        }
    }

    /// The result for a blocked thread.
    private final class Box<Value: Sendable>: Sendable {
        private let result = Mutex<Result<Value, any Error>?>(nil)
        private let done = DispatchSemaphore(value: 0)

        func set(_ result: Result<Value, any Error>) {
            self.result.withLock { $0 = result }
            done.signal()
        }

        func wait() -> Result<Value, any Error> {
            done.wait()
            return result.withLock { $0 } ?? .failure(CancellationError())
        }
    }
}

/// An executor that runs the jobs of async functions as pieces of one key on a pool.
public final class FairExecutor: TaskExecutor {
    private let pool: WorkerPool
    private let key: WorkKey
    private let kind: WorkKind

    fileprivate init(pool: WorkerPool, key: WorkKey, kind: WorkKind) { (self.pool, self.key, self.kind) = (pool, key, kind) }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        pool.submit({ CurrentPiece.run(job, on: self) }, key: key, kind: kind)
    }

    /// Whether work of that key and kind may run as a part of one of this executor's jobs.
    func admits(_ key: WorkKey, _ kind: WorkKind, in pool: WorkerPool) -> Bool {
        self.pool === pool && self.key == key && self.kind == kind
    }
}

/// The pool's queue is full; the caller should retry later.
public struct WorkerPoolFull: Error, FailureConvertible, Sendable {
    public var failure: Failure { .overloaded("the worker queue is full; try again in a moment") }

    public init() {}
}
