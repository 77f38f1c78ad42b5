import Embeddings
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct PassScheduleTests {
    private enum Event: Equatable {
        case begin(step: Int, share: Int)
        case end(step: Int, share: Int)
    }

    /// Records events in an order on which all threads agree.
    private final class Log: Sendable {
        private let events = Mutex<[Event]>([])

        func perform(_ step: Int, _ share: Int) {
            events.withLock { $0.append(.begin(step: step, share: share)) }
            events.withLock { $0.append(.end(step: step, share: share)) }
        }

        /// Returns whether every share of every step ran once, and none started before the previous step was complete.
        func isComplete(steps: Int, shares: Int) -> Bool {
            var ended = [Int](repeating: 0, count: steps)
            for event in events.withLock({ $0 }) {
                switch event {
                case .begin(let step, _): if step > 0, ended[step - 1] != shares { return false }
                case .end(let step, _): ended[step] += 1
                }
            }
            let begun = events.withLock { $0 }.filter { if case .begin = $0 { true } else { false } }
            let once = (0..<steps).allSatisfy { step in
                (0..<shares).allSatisfy { share in begun.count { $0 == .begin(step: step, share: share) } == 1 }
            }
            return once && begun.count == steps * shares
        }
    }

    @Test(arguments: [1, 2, 3, 4], [0, 1, 2, 42]) func leaderAlonePerformsEveryShare(shares: Int, steps: Int) {
        let log = Log()
        PassSchedule(steps: steps, shares: shares).lead(log.perform)
        #expect(log.isComplete(steps: steps, shares: shares))
    }

    /// Helpers start whenever the system schedules them: before the leader, between steps, or after the last one.
    @Test(arguments: 0..<60 as Range<UInt64>) func everyShareIsPerformedOnceAndInOrder(seed: UInt64) async {
        var rng = SplitMix64(seed: seed)
        let (steps, shares) = (Int.random(in: 1...80, using: &rng), Int.random(in: 2...4, using: &rng))
        let absent = Int.random(in: 0..<shares, using: &rng)
        let (schedule, log) = (PassSchedule(steps: steps, shares: shares), Log())
        await withTaskGroup { group in
            for share in 1..<shares where share != absent { group.addTask { schedule.help(share, log.perform) } }
            group.addTask { schedule.lead(log.perform) }
        }
        #expect(log.isComplete(steps: steps, shares: shares), "seed \(seed): \(steps) steps, \(shares) shares")
    }

    @Test func helperWithoutALeaderReturns() {
        let log = Log()
        let schedule = PassSchedule(steps: 3, shares: 2)
        schedule.help(1, log.perform)
        schedule.lead(log.perform)
        schedule.help(1, log.perform)
        #expect(log.isComplete(steps: 3, shares: 2))
    }
}
