internal import Kernels
internal import Synchronization
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Takes several threads through the steps of one pass: every share of every step is performed once, and none before
/// all shares of the step before it are done.
///
/// One thread leads; helpers may come late, stay away, be held up by the system or leave: the leader performs every
/// share that nobody began, and waits only for shares under way. Each share has its helper, so that a processor's
/// caches see the same part of the weights in every pass. Waits are spins, as steps take microseconds: the leader's as
/// long as a helper's share, a helper's bounded.
package final class PassSchedule: Sendable {
    /// The step at which a share was last begun, by whoever began it.
    private final class Claim: Sendable {
        let step = Atomic(-1)

        /// Whether the caller is the one to perform it at that step.
        func take(_ step: Int) -> Bool {
            self.step.compareExchange(expected: step - 1, desired: step, ordering: .acquiringAndReleasing).exchanged
        }
    }

    /// Looks at `current` before a helper gives up: about a millisecond.
    private static let helperPatience = 50_000

    package let shares: Int
    private let steps: Int
    /// The step under way; −1 before the first, `steps` after the last.
    private let current = Atomic(-1)
    /// Shares done, of all steps.
    private let finished = Atomic(0)
    private let claims: [Claim]

    package init(steps: Int, shares: Int) {
        self.steps = steps
        self.shares = max(1, shares)
        claims = (0..<self.shares).map { _ in Claim() }
    }

    /// Performs all steps, with whoever helps; returns when all are done.
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

    /// Performs one share, 1 to `shares` − 1, of the steps to come, until the last or until nothing came for a while.
    package func help(_ share: Int, _ perform: (_ step: Int, _ share: Int) -> Void) {
        var seen = -1
        var idle = 0
        while idle < Self.helperPatience {
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
            // A helper that takes this long was probably put aside: its processor may be ours.
            if looks % 4_096 == 0 { _ = sched_yield() } else { spinHint() }
        }
    }
}
