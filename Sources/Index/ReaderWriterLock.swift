internal import Foundation

/// A value protected by a lock that many readers can share or one writer can hold.
///
/// A waiting writer precedes readers that arrive later, so a stream of searches cannot starve it; between two writers, the
/// waiting readers go first. The lock is not recursive: do not take it again inside `read` or `write`.
@safe final class ReaderWriterLock<State: ~Copyable & Sendable>: @unchecked Sendable {
    // @unchecked: `state` is read only under the shared lock and changed only under the exclusive one.
    private let lock: UnsafeMutablePointer<pthread_rwlock_t>
    private var state: State

    init(_ state: consuming State) {
        self.state = state
        unsafe lock = .allocate(capacity: 1)
        var attributes = pthread_rwlockattr_t()
        // SAFETY: `lock` is allocated above at a fixed address and freed in `deinit`, when no thread can hold it.
        unsafe pthread_rwlockattr_init(&attributes)
        unsafe pthread_rwlockattr_setkind_np(&attributes, Int32(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP))
        let status = unsafe pthread_rwlock_init(lock, &attributes)
        unsafe pthread_rwlockattr_destroy(&attributes)
        precondition(status == 0, "pthread_rwlock_init: \(status)")
    }

    deinit {
        unsafe pthread_rwlock_destroy(lock)
        unsafe lock.deallocate()
    }

    func read<Result: ~Copyable, Failure: Error>(
        _ body: (borrowing State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let status = unsafe pthread_rwlock_rdlock(lock)
        precondition(status == 0, "pthread_rwlock_rdlock: \(status)")
        defer { unsafe pthread_rwlock_unlock(lock) }
        return try body(state)
    }

    func write<Result: ~Copyable, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let status = unsafe pthread_rwlock_wrlock(lock)
        precondition(status == 0, "pthread_rwlock_wrlock: \(status)")
        defer { unsafe pthread_rwlock_unlock(lock) }
        return try body(&state)
    }
}
