import ContextServer
import NIOCore
import Testing

/// How slowly a client may read.
@Suite(.timeLimit(.minutes(10))) struct DeliveryProgressTests {
    private static let limits: DeliveryLimits = {
        var limits = DeliveryLimits()
        (limits.timeout, limits.takenBytes) = (.seconds(30), 100)
        return limits
    }()

    private final class Box {
        private var progress = DeliveryProgress(limits)

        func look(taken: Int, unread: Int, now: NIODeadline) -> DeliveryProgress.Step {
            progress.look(taken: taken, unread: unread, now: now)
        }
    }

    private let progress = Box()
    private func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    @Test func whoTakesNothingIsTooSlow() {
        #expect(progress.look(taken: 0, unread: 500, now: at(0)) == .waiting)
        #expect(progress.look(taken: 0, unread: 500, now: at(29)) == .waiting)
        #expect(progress.look(taken: 0, unread: 500, now: at(30)) == .tooSlow)
    }

    @Test func whoDripsIsTooSlow() {
        for second in Int64(0)..<30 { #expect(progress.look(taken: Int(second), unread: 500, now: at(second)) == .waiting) }
        #expect(progress.look(taken: 99, unread: 500, now: at(30)) == .tooSlow)
    }

    @Test func whoTakesEnoughIsWaitedFor() {
        for second in stride(from: Int64(0), to: 300, by: 29) {
            #expect(progress.look(taken: Int(second) * 100, unread: 500, now: at(second)) == .waiting)
        }
    }

    @Test func whoHasTakenAllHasAllTheTime() {
        #expect(progress.look(taken: 0, unread: 10, now: at(0)) == .waiting)
        #expect(progress.look(taken: 10, unread: 0, now: at(20)) == .idle)
        #expect(progress.look(taken: 10, unread: 10, now: at(100)) == .waiting)
        #expect(progress.look(taken: 10, unread: 10, now: at(129)) == .waiting)
    }
}
