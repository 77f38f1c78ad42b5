internal import Kernels
internal import Synchronization
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A schedule of the steps of one pass for several threads: every share of every step is performed once, and only after all
/// shares of the previous step are done.
///
/// One thread leads. Helpers may arrive late or never, be preempted, or leave: the leader performs every share that nobody
/// started, and waits only for shares in progress. Each share has its own helper, so that a processor's caches see the same
/// part of the weights in every pass. Waits are spin loops, as steps take microseconds: the leader waits as long as a
/// helper's share takes, a helper for a limited time.
package final class PassSchedule: Sendable {
    /// The last step at which a share was started, by the leader or by a helper.
    private final class Claim: Sendable {
        let step = Atomic(-1)

        /// Claims the share for that step; returns whether the caller is to perform it.
        func take(_ step: Int) -> Bool {
            self.step.compareExchange(expected: step - 1, desired: step, ordering: .acquiringAndReleasing).exchanged
        }
    }

    /// Number of polls of `current` before a helper gives up: about a millisecond.
    private static let helperTimeout = 50_000

    package let shares: Int
    private let steps: Int
    /// The current step; −1 before the first, `steps` after the last.
    private let current = Atomic(-1)
    /// Number of shares done, over all steps.
    private let finished = Atomic(0)
    private let claims: [Claim]

    package init(steps: Int, shares: Int) {
        self.steps = steps
        self.shares = max(1, shares)
        claims = (0..<self.shares).map { _ in Claim() }
    }

    /// Performs all steps, together with the helpers; returns when all are done.
    package func lead(_ perform: (_ step: Int, _ share: Int) -> Void) {
        guard shares > 1 else { return (0..<steps).forEach { perform($0, 0) } }
        for step in 0..<steps {
            current.store(step, ordering: .releasing)
            for share in 0..<shares where claims[share].take(step) {
                perform(step, share)
                finished.add(1, ordering: .acquiringAndReleasing)
            }
            awaitShares((step + 1) * shares)
        }
        current.store(steps, ordering: .releasing)
    }

    /// Performs share `share`, 1 to `shares` − 1, of the following steps; returns after the last one, or if no step starts for a while.
    package func help(_ share: Int, _ perform: (_ step: Int, _ share: Int) -> Void) {
        var seen = -1
        var idle = 0
        while idle < Self.helperTimeout {
            let step = current.load(ordering: .acquiring)
            if step >= steps { return }
            if step > seen {
                seen = step
                idle = 0
                guard claims[share].take(step) else { continue }
                perform(step, share)
                finished.add(1, ordering: .acquiringAndReleasing)
            } else {
                idle += 1
                spinHint()
            }
        }
    }

    private func awaitShares(_ count: Int) {
        var looks = 0
        while finished.load(ordering: .acquiring) < count {
            looks += 1
            // A helper that takes this long was probably preempted: it may need this thread's processor.
            if looks % 4_096 == 0 { _ = sched_yield() } else { spinHint() }
        }
    }
}
