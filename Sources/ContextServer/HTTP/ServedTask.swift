import Synchronization
import Workers

/// A task that another may cancel for as long as it is in a scope.
///
/// `@unchecked Sendable`: of the task only `cancel` is called, which any other may, and not after `leave`.
final class ServedTask: @unchecked Sendable {
    private let lock = Mutex(())
    private var task: UnsafeCurrentTask?

    private init(_ task: UnsafeCurrentTask?) { self.task = task }

    /// What `body` returns. When `signal` fires meanwhile, the task that is in it is cancelled: the one that serves the connection, of which
    /// nothing is left to do.
    static func run<Value: Sendable>(
        until signal: OneTimeSignal, _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withUnsafeCurrentTask { task in
            let served = ServedTask(task)
            let registration = signal.whenFired { served.cancel() }
            defer {
                signal.forget(registration)
                served.leave()
            }
            return try await body()
        }
    }

    private func cancel() { lock.withLock { _ in task?.cancel() } }

    /// Returns once nobody is cancelling it any more.
    private func leave() { lock.withLock { _ in task = nil } }
}
