import Scheduling
import Synchronization

/// A task that other tasks may cancel while it is in a scope.
///
/// `@unchecked Sendable`: other tasks call only the task's `cancel`, which is safe from any task, and never after `leave`.
final class ServedTask: @unchecked Sendable {
    private let lock = Mutex(())
    private var task: UnsafeCurrentTask?

    private init(_ task: UnsafeCurrentTask?) { self.task = task }

    /// Returns the result of `body`. If `signal` fires meanwhile, the current task is cancelled: it serves the connection, and has no other
    /// work left.
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

    /// Ends the scope; returns when no other task is cancelling this one.
    private func leave() { lock.withLock { _ in task = nil } }
}
