internal import Synchronization

/// A guard that admits one task at a time and rejects a second one instead of making it wait.
struct SoleReader: ~Copyable, Sendable {
    private let isIn = Atomic(false)

    /// - Throws: `.providerInvalid` if another task is inside.
    func enter() throws(CompletionError) {
        guard !isIn.exchange(true, ordering: .acquiring) else {
            throw CompletionError(.providerInvalid, "two tasks read the same answer at once")
        }
    }

    func leave() { isIn.store(false, ordering: .releasing) }
}
