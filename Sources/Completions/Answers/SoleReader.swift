internal import Synchronization

/// A guard that admits one task at a time and rejects a second one instead of making it wait.
struct SoleReader: ~Copyable, Sendable {
    private let isIn = Mutex(false)

    /// - Throws: `.providerInvalid` if another task is inside.
    func enter() throws(CompletionError) {
        let wasIn = isIn.withLock { isIn in
            defer { isIn = true }
            return isIn
        }
        guard !wasIn else { throw CompletionError(.providerInvalid, "two tasks read the same answer at once") }
    }

    func leave() { isIn.withLock { $0 = false } }
}
