internal import Synchronization

/// A signal that fires once and resumes all current and later waiters.
public final class OneTimeSignal: Sendable {
    /// A registered callback.
    public struct Registration: Hashable, Sendable { fileprivate let number: Int }

    private struct State {
        var hasFired = false
        var waiting: [Int: @Sendable () -> Void] = [:]
        var last = 0
    }

    private let state = Mutex(State())

    public init() {}

    public var hasFired: Bool { state.withLock { $0.hasFired } }

    /// Fires the signal. Later calls have no effect.
    public func fire() {
        let waiting = state.withLock { state in
            state.hasFired = true
            defer { state.waiting = [:] }
            return state.waiting.values.map { $0 }
        }
        for wake in waiting { wake() }
    }

    /// Calls `body` when the signal fires; immediately if it has fired.
    ///
    /// - Returns: the registration, for `forget`.
    @discardableResult
    public func whenFired(_ body: @escaping @Sendable () -> Void) -> Registration {
        let (number, hasFired) = state.withLock { state in
            state.last += 1
            if !state.hasFired { state.waiting[state.last] = body }
            return (state.last, state.hasFired)
        }
        if hasFired { body() }
        return Registration(number: number)
    }

    public func forget(_ registration: Registration) { state.withLock { $0.waiting[registration.number] = nil } }

    /// Waits until the signal fires or the task is cancelled.
    public func wait() async {
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    let isOver = state.hasFired || Task.isCancelled
                    if !isOver { state.waiting[number] = { continuation.resume() } }
                    return isOver
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?()
        }
    }
}
