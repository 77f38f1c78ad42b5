import Foundation
import Synchronization
import Testing
import Workers

@Suite struct WorkerPoolTests {
    @Test func everyPieceRunsAndGivesItsOwnAnswer() async throws {
        let pool = WorkerPool(name: "test", threads: 2, queueLimit: 5000)
        let answers = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<3000 { group.addTask { try await pool.run { number * number } } }
            var sum = 0
            for try await answer in group { sum += answer }
            return sum
        }
        #expect(answers == (0..<3000).map { $0 * $0 }.reduce(0, +))
    }

    @Test func aPieceThatThrowsFailsAlone() async throws {
        struct Failure: Error {}
        let pool = WorkerPool(name: "test", threads: 1, queueLimit: 10)
        await #expect(throws: Failure.self) { try await pool.run { throw Failure() } }
        #expect(try await pool.run { 7 } == 7)
    }

    @Test func aFullQueueRefusesAtOnceAndTheRestIsDone() async throws {
        let pool = WorkerPool(name: "test", threads: 1, queueLimit: 2)
        let gate = DispatchSemaphore(value: 0)
        let started = DispatchSemaphore(value: 0)
        let blocker = Task {
            try await pool.run {
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
                        try await pool.run {}
                        return true
                    } catch {
                        // The last of the refusals opens the gate for those that were accepted.
                        if refused.next() == 8 { gate.signal() }
                        return false
                    }
                }
            }
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        try await blocker.value
        #expect(outcomes.count { $0 } == 2)
    }

    private final class Count: Sendable {
        private let value = Mutex(0)

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
