import Foundation
import Scheduling
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct WorkerPoolTests {
    @Test func everyPieceRunsAndReturnsItsResult() async throws {
        let pool = WorkerPool(name: "test", threads: 2, queueLimit: 5000)
        let answers = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<3000 { group.addTask { try await pool.run(for: WorkKey("\(number % 7)")) { _ in number * number } } }
            var sum = 0
            for try await answer in group { sum += answer }
            return sum
        }
        #expect(answers == (0..<3000).map { $0 * $0 }.reduce(0, +))
    }

    /// Work of a task that already runs on the pool takes no turn of its own, unless it belongs to another key.
    @Test func workOfTheSameKeyRunsWhereItsTaskRuns() async throws {
        let pool = WorkerPool(name: "test", threads: 1, queueLimit: 10)
        let key = WorkKey("own")
        let places = try await withTaskExecutorPreference(pool.executor(for: key)) {
            let own = pthread_self()
            let inside = try await pool.run(for: key) { _ in pthread_self() }
            #expect(pool.waiting == 0)
            await #expect(throws: CancellationError.self) { try await pool.run(for: key) { _ in throw CancellationError() } }
            return own == inside
        }
        #expect(places)
        let sum = try await withTaskExecutorPreference(pool.executor(for: key)) {
            try await pool.run(for: WorkKey("other")) { _ in 1 } + pool.run(for: key, .long) { _ in 2 }
        }
        #expect(sum == 3)
    }

    @Test func aCancelledTaskStopsItsOwnWork() async throws {
        let pool = WorkerPool(name: "test", threads: 1, queueLimit: 10)
        let key = WorkKey("own")
        let (started, goOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let task = Task {
            try await withTaskExecutorPreference(pool.executor(for: key)) {
                try await pool.run(for: key) { stop in
                    started.signal()
                    goOn.wait()
                    try stop.check()
                }
            }
        }
        await wait(for: started)
        task.cancel()
        goOn.signal()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func throwingPieceDoesNotAffectOthers() async throws {
        struct Failure: Error {}
        let pool = WorkerPool(name: "test", threads: 1, queueLimit: 10)
        await #expect(throws: Failure.self) { try await pool.run(for: .process) { _ in throw Failure() } }
        #expect(try await pool.run(for: .process) { _ in 7 } == 7)
    }

    @Test func fullQueueRejectsAtOnceAndAcceptedWorkCompletes() async throws {
        let pool = WorkerPool(name: "test", threads: 1, queueLimit: 2)
        // One key can use one of two threads and one of two queue places; another key can use the others.
        let (own, other) = (WorkKey("own"), WorkKey("other"))
        let gate = DispatchSemaphore(value: 0)
        let started = DispatchSemaphore(value: 0)
        let blocker = Task {
            try await pool.run(for: own) { _ in
                started.signal()
                gate.wait()
            }
        }
        await wait(for: started)
        let refused = Count()
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    do {
                        try await pool.run(for: own) { _ in }
                        return true
                    } catch {
                        // The last rejection opens the gate for the accepted work.
                        if refused.next() == 9 { gate.signal() }
                        return false
                    }
                }
            }
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        try await blocker.value
        #expect(outcomes.count { $0 } == 1)
        #expect(try await pool.run(for: other) { _ in true })
    }

    /// One key's work uses all threads but one, regardless of its amount.
    @Test(arguments: [WorkKind.brief, .long]) func otherKeyGetsAThread(kind: WorkKind) async throws {
        let pool = WorkerPool(name: "test", threads: 2, queueLimit: 100)
        let gate = DispatchSemaphore(value: 0)
        let started = DispatchSemaphore(value: 0)
        let flood = (0..<20).map { _ in
            Task {
                try await pool.run(for: WorkKey("flood"), kind) { _ in
                    started.signal()
                    gate.wait()
                }
            }
        }
        for _ in 0..<2 { await wait(for: started) }
        #expect(try await pool.run(for: WorkKey("quiet"), kind) { _ in 7 } == 7)
        for _ in 0..<20 { gate.signal() }
        for task in flood { try await task.value }
    }

    @Test func cancellingDropsAWaitingPieceAndNotifiesARunningOne() async throws {
        let pool = WorkerPool(name: "test", threads: 1, queueLimit: 10)
        let key = WorkKey("a")
        let gate = DispatchSemaphore(value: 0)
        let started = DispatchSemaphore(value: 0)
        let running = Task {
            try await pool.run(for: key) { stop in
                started.signal()
                gate.wait()
                try stop.check()
            }
        }
        await wait(for: started)
        let ran = Count()
        let waiting = Task { try await pool.run(for: key) { _ in ran.next() } }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        #expect(pool.waiting == 0)
        running.cancel()
        gate.signal()
        await #expect(throws: CancellationError.self) { try await running.value }
        let late = Task {
            await waitUntilCancelled()
            return try await pool.run(for: key) { _ in ran.next() }
        }
        late.cancel()
        await #expect(throws: CancellationError.self) { _ = try await late.value }
        #expect(ran.next() == 1)
    }

    /// Async work that prefers the pool's executor runs on its threads, including child tasks: of two threads, one key uses one at a time,
    /// and long work has a lower priority.
    @Test(arguments: [WorkKind.brief, .long]) func anExecutorRunsTasksOnThePoolsThreads(kind: WorkKind) async throws {
        let pool = WorkerPool(name: "fair", threads: 1, queueLimit: 1)
        let running = Running()
        let priorities = await withTaskExecutorPreference(pool.executor(for: WorkKey("a"), kind)) {
            await withTaskGroup(of: Int32.self) { group in
                for _ in 0..<200 {
                    group.addTask {
                        await Task.yield()
                        running.begin()
                        for _ in 0..<100 { sched_yield() }
                        running.end()
                        return Self.priority()
                    }
                }
                return await group.reduce(into: [Int32]()) { $0.append($1) }
            }
        }
        #expect(priorities.count == 200 && running.most == 1)
        let own = Self.priority()
        #expect(priorities.allSatisfy { $0 == (kind == .long ? 10 : own) }, "\(Set(priorities))")
    }

    private final class Running: Sendable {
        private let state = Mutex((now: 0, most: 0))

        var most: Int { state.withLock { $0.most } }

        func begin() { state.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }

        func end() { state.withLock { $0.now -= 1 } }
    }

    /// The priority of the calling thread; 0 is the default, larger values are lower.
    private static func priority() -> Int32 { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) }

    @Test func blockingCallReturnsTheResultOrTheError() async throws {
        struct Failure: Error {}
        let pool = WorkerPool(name: "test", threads: 1, queueLimit: 10)
        let results = await withCheckedContinuation { (continuation: CheckedContinuation<(Int?, Bool), Never>) in
            Thread.detachNewThread {
                let value = try? pool.wait(for: .process) { 7 }
                let fails = (try? pool.wait(for: .process) { throw Failure() }) == nil
                continuation.resume(returning: (value, fails))
            }
        }
        #expect(results.0 == 7 && results.1)
    }

    private final class Count: Sendable {
        private let value = Mutex(0)

        @discardableResult
        func next() -> Int {
            value.withLock {
                $0 += 1
                return $0
            }
        }
    }

    private func wait(for semaphore: DispatchSemaphore) async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                semaphore.wait()
                continuation.resume()
            }
        }
    }
}
