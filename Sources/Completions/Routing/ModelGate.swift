internal import Synchronization

/// A concurrency limit for one model; requests above it wait in a fair queue, a `TurnLine`.
package final class ModelGate: Sendable {
    private enum Waiter {
        /// Queued; its task is not suspended yet.
        case awake
        /// Decided before its task was suspended.
        case decided(Bool)
        case asleep(CheckedContinuation<Bool, Never>)
    }

    private struct State {
        var line: TurnLine
        var waiters: [TurnLine.RequestID: Waiter] = [:]
        var requests: TurnLine.RequestID = 0

        /// Decides a request. Returns the continuation to resume outside the lock; `nil` if the task will find the decision.
        mutating func decide(_ id: TurnLine.RequestID, _ isGranted: Bool) -> CheckedContinuation<Bool, Never>? {
            guard case .asleep(let continuation)? = waiters[id] else {
                waiters[id] = .decided(isGranted)
                return nil
            }
            waiters[id] = nil
            return continuation
        }
    }

    private let model: String
    private let state: Mutex<State>

    package init(model: String, concurrency: Int, room: Int) {
        self.model = model
        state = Mutex(State(line: TurnLine(concurrency: concurrency, room: room)))
    }

    package var running: Int { state.withLock { $0.line.running } }
    package var waiting: Int { state.withLock { $0.line.waiting } }

    /// Waits for a free slot and returns it.
    ///
    /// - Throws: `.modelBusy` if the queue, or the caller's share of it, is full; `.cancelled`.
    package func slot(for caller: ChatCaller) async throws(CompletionError) -> ModelSlot {
        let (id, arrival, secondsToWait) = state.withLock { state in
            state.requests += 1
            let arrival = state.line.arrive(state.requests, caller)
            if arrival == .wait { state.waiters[state.requests] = .awake }
            // One second per full round of the queue: the duration of answers is unknown.
            return (state.requests, arrival, min(1 + state.line.waiting / state.line.concurrency, 60))
        }
        switch arrival {
        case .start: return ModelSlot(of: caller, in: self)
        case .full:
            throw CompletionError(.modelBusy, "the queue of \(model) or the caller's share of it is full", retryAfterSeconds: secondsToWait)
        case .wait:
            let isGranted = await withTaskCancellationHandler {
                await withCheckedContinuation { sleep(id, $0) }
            } onCancel: {
                cancel(id, caller)
            }
            guard isGranted else { throw .cancelledBeforeSending }
            return ModelSlot(of: caller, in: self)
        }
    }

    private func sleep(_ id: TurnLine.RequestID, _ continuation: CheckedContinuation<Bool, Never>) {
        let decision: Bool? = state.withLock { state in
            guard case .decided(let decision)? = state.waiters[id] else {
                state.waiters[id] = .asleep(continuation)
                return nil
            }
            state.waiters[id] = nil
            return decision
        }
        if let decision { continuation.resume(returning: decision) }
    }

    private func cancel(_ id: TurnLine.RequestID, _ caller: ChatCaller) {
        let continuation = state.withLock { state in state.line.forget(id, caller) ? state.decide(id, false) : nil }
        continuation?.resume(returning: false)
    }

    fileprivate func leave(_ caller: ChatCaller) {
        let continuation = state.withLock { state in state.line.leave(caller).flatMap { state.decide($0, true) } }
        continuation?.resume(returning: true)
    }
}

/// A concurrency slot of a model. It is released once, at the latest on deallocation.
package final class ModelSlot: Sendable {
    private let caller: ChatCaller
    private let gate: ModelGate
    private let isReleased = Mutex(false)

    fileprivate init(of caller: ChatCaller, in gate: ModelGate) { (self.caller, self.gate) = (caller, gate) }

    deinit { release() }

    package func release() {
        let isFirst = isReleased.withLock { isReleased in
            defer { isReleased = true }
            return !isReleased
        }
        if isFirst { gate.leave(caller) }
    }
}
