import Memory
import Synchronization
import TestSupport
import Testing

@Suite struct MemoryReservationTests {
    /// A timer that fires only when a test advances it.
    final class ManualTimer: Sendable {
        private let bodies = Mutex<[@Sendable () -> Void]>([])

        var timer: MemoryBudget.Timer { { _, body in self.bodies.withLock { $0.append(body) } } }

        func fire() {
            for body in bodies.withLock({ bodies in
                defer { bodies = [] }; return bodies
            }) { body() }
        }
    }

    static func budget(_ timer: ManualTimer = ManualTimer(), limit: Int = 1000, onSettled: @escaping @Sendable () -> Void = {})
        -> MemoryBudget
    {
        MemoryBudget(limit: limit, share: 0.5, timeout: .seconds(1), timer: timer.timer, onSettled: onSettled)
    }

    /// Waits until `count` requests are waiting.
    static func waiters(_ count: Int, _ budget: MemoryBudget) async throws {
        try await waitUntil { budget.statistics.waiting == count }
    }

    @Test func whatIsHeldIsGivenBackWithTheReservation() async throws {
        let budget = Self.budget()
        do {
            let reservation = budget.reservation(for: .tenant("a"))
            try await reservation.grow(by: 100)
            reservation.charge(50)
            #expect(reservation.held == 150 && budget.statistics.held == 150)
            reservation.shrink(to: 120)
            reservation.shrink(to: 500)
            #expect(budget.statistics.held == 120)
            reservation.settle(at: 300)
            #expect(budget.statistics.held == 300)
            withExtendedLifetime(reservation) {}
        }
        #expect(budget.statistics.held == 0)
    }

    @Test func whatIsTakenFollowsItsOwner() async throws {
        let budget = Self.budget()
        let reservation = budget.reservation(for: .unknown)
        try await reservation.grow(by: 100)
        reservation.assign(to: .tenant("a"))
        #expect(budget.held(by: .unknown) == 0 && budget.held(by: .tenant("a")) == 100)
        #expect(reservation.another().tryGrow(by: 400))
        #expect(budget.held(by: .tenant("a")) == 100, "the other reservation is released")
    }

    @Test func aRequestWaitsUntilMemoryIsGivenBack() async throws {
        let budget = Self.budget()
        let first = budget.reservation(for: .tenant("a"))
        try await first.grow(by: 400)
        async let second: Int = {
            let reservation = budget.reservation(for: .tenant("a"))
            try await reservation.grow(by: 300)
            return reservation.held
        }()
        try await Self.waiters(1, budget)
        #expect(budget.statistics.held == 400)
        first.shrink(to: 100)
        #expect(try await second == 300)
        #expect(budget.statistics.waited == 1 && budget.statistics.refused == 0 && budget.statistics.held == 100)
    }

    @Test func aWaitThatIsTooLongEnds() async throws {
        let timer = ManualTimer()
        let budget = Self.budget(timer)
        let first = budget.reservation(for: .tenant("a"))
        try await first.grow(by: 400)
        let second = Task { try await budget.reservation(for: .tenant("a")).grow(by: 300) }
        try await Self.waiters(1, budget)
        timer.fire()
        await #expect(throws: MemoryShortage(code: .exhausted, bytes: 300, most: 500)) { try await second.value }
        #expect(budget.statistics.refused == 1 && budget.statistics.waiting == 0 && budget.statistics.held == 400)
    }

    @Test func aWaitEndsWithItsTask() async throws {
        let budget = Self.budget()
        let first = budget.reservation(for: .tenant("a"))
        try await first.grow(by: 400)
        let task = Task { try await budget.reservation(for: .tenant("a")).grow(by: 300) }
        try await Self.waiters(1, budget)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(budget.statistics.waiting == 0 && budget.statistics.held == 400)
    }

    @Test func aTaskThatIsCancelledDoesNotWait() async throws {
        let budget = Self.budget()
        let first = budget.reservation(for: .tenant("a"))
        try await first.grow(by: 400)
        let task = Task {
            await waitUntilCancelled()
            try await budget.reservation(for: .tenant("a")).grow(by: 300)
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(budget.statistics.held == 400 && budget.statistics.waiting == 0)
    }

    @Test func whatCanNeverBeIsRefusedAtOnce() async throws {
        let budget = Self.budget()
        await #expect(throws: MemoryShortage(code: .impossible, bytes: 501, most: 500)) {
            try await budget.reservation(for: .tenant("a")).grow(by: 501)
        }
    }

    @Test func aCallbackIsToldOnce() async throws {
        let budget = Self.budget()
        let first = budget.reservation(for: .tenant("a"))
        try await first.grow(by: 400)
        let second = budget.reservation(for: .tenant("a"))
        let told = Mutex<[Bool]>([])
        #expect(try second.grow(by: 50, orElse: { isGranted in told.withLock { $0.append(isGranted) } }))
        #expect(try !second.grow(by: 60, orElse: { isGranted in told.withLock { $0.append(isGranted) } }))
        #expect(told.withLock { $0 } == [])
        first.shrink(to: 300)
        #expect(told.withLock { $0 } == [true] && second.held == 110)
    }

    /// A reservation may shrink while it waits, and its own shrinking may satisfy it.
    @Test func whoWaitsMayGiveBack() async throws {
        let budget = Self.budget()
        let reservation = budget.reservation(for: .tenant("a"))
        try await reservation.grow(by: 400)
        #expect(try !reservation.grow(by: 200, orElse: { _ in }))
        reservation.shrink(to: 300)
        #expect(reservation.held == 500 && budget.statistics.held == 500)
    }

    @Test func memoryIsReturnedToTheSystemAfterAPeak() {
        let settled = Mutex(0)
        let budget = Self.budget(limit: 1 << 30) { settled.withLock { $0 += 1 } }
        let reservation = budget.reservation(for: .tenant("a"))
        reservation.charge(64 << 20)
        reservation.shrink(to: 32 << 20)
        #expect(settled.withLock { $0 } == 0)
        reservation.shrink(to: 1 << 20)
        reservation.shrink(to: 0)
        #expect(settled.withLock { $0 } == 1)
        reservation.charge(1 << 20)
        reservation.shrink(to: 0)
        #expect(settled.withLock { $0 } == 1, "a small release does not count")
    }
}
