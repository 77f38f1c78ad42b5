internal import Synchronization

/// Lets one task in at a time; a second one is turned away, not made to wait.
struct SoleReader: ~Copyable, Sendable {
    private let isIn = Mutex(false)

    /// - Throws: `.providerInvalid` where another is in.
    func enter() throws(CompletionError) {
        let wasIn = isIn.withLock { isIn in
            defer { isIn = true }
            return isIn
        }
        guard !wasIn else { throw CompletionError(.providerInvalid, "two tasks read one answer at once") }
    }

    func leave() { isIn.withLock { $0 = false } }
}
