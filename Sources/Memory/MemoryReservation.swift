internal import Synchronization

/// The memory that one request or connection holds of a budget. It is released with the reservation.
public final class MemoryReservation: Sendable {
    private struct State {
        var owner: MemoryOwner
        var held = 0
    }

    private let budget: MemoryBudget
    private let state: Mutex<State>

    init(_ budget: MemoryBudget, _ owner: MemoryOwner) {
        self.budget = budget
        state = Mutex(State(owner: owner))
    }

    deinit {
        let (owner, held) = state.withLock { ($0.owner, $0.held) }
        if held > 0 { budget.give(held, of: owner) }
    }

    /// Held memory, in bytes.
    public var held: Int { state.withLock { $0.held } }

    /// Returns a new empty reservation of the same budget and owner.
    public func another() -> MemoryReservation { MemoryReservation(budget, state.withLock { $0.owner }) }

    /// Changes the owner of the held memory and of memory taken later.
    public func assign(to owner: MemoryOwner) {
        let (old, held) = state.withLock { state in
            defer { state.owner = owner }
            return (state.owner, state.held)
        }
        budget.move(held, from: old, to: owner)
    }

    // MARK: Growing

    /// Takes `bytes` more if they are available now.
    public func tryGrow(by bytes: Int) -> Bool {
        state.withLock { state in
            guard bytes > 0 else { return true }
            guard budget.take(bytes, for: state.owner, passesWaiters: state.held > 0) else { return false }
            state.held += bytes
            return true
        }
    }

    /// Takes `bytes` more; waits if they are not available.
    ///
    /// - Parameter timeout: the timeout; `nil` for the budget's default.
    /// - Throws: `MemoryShortage`; `CancellationError`.
    public func grow(by bytes: Int, timeout: Duration? = nil) async throws {
        if tryGrow(by: bytes) { return }
        let owner = state.withLock { $0.owner }
        let wait = Wait()
        let outcome = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<MemoryBudget.Outcome, any Error>) in
                do {
                    let ticket = try take(bytes, timeout) { continuation.resume(returning: $0) }
                    if wait.begin(ticket) { budget.leave(ticket, of: owner, .cancelled) }
                } catch { continuation.resume(throwing: error) }
            }
        } onCancel: {
            if let ticket = wait.cancel() { budget.leave(ticket, of: owner, .cancelled) }
        }
        switch outcome {
        case .granted: return
        case .expired: throw MemoryShortage(code: .exhausted, bytes: bytes, most: budget.most(for: owner))
        case .cancelled: throw CancellationError()
        }
    }

    /// Takes `bytes` more or, if they are not available, calls `body` once: with `true` when it has them, with `false` on timeout.
    ///
    /// - Returns: whether they were available immediately; then `body` is not called.
    /// - Throws: `.impossible`.
    public func grow(
        by bytes: Int, timeout: Duration? = nil, orElse body: @escaping @Sendable (Bool) -> Void
    ) throws(MemoryShortage) -> Bool {
        if tryGrow(by: bytes) { return true }
        _ = try take(bytes, timeout) { outcome in
            if case .granted = outcome { body(true) } else { body(false) }
        }
        return false
    }

    /// Takes `bytes` more that are already in use, even beyond the budget.
    public func charge(_ bytes: Int) {
        state.withLock { state in
            guard bytes > 0 else { return }
            budget.charge(bytes, to: state.owner)
            state.held += bytes
        }
    }

    private func take(
        _ bytes: Int, _ timeout: Duration?, _ body: @escaping @Sendable (MemoryBudget.Outcome) -> Void
    ) throws(MemoryShortage) -> Int {
        let (owner, holds) = state.withLock { ($0.owner, $0.held > 0) }
        return try budget.take(bytes, for: owner, passesWaiters: holds, timeout: timeout) { [self] outcome in
            if case .granted = outcome { add(bytes, takenBy: owner) }
            body(outcome)
        }
    }

    private func add(_ bytes: Int, takenBy owner: MemoryOwner) {
        let now = state.withLock { state in
            state.held += bytes
            return state.owner
        }
        budget.move(bytes, from: owner, to: now)
    }

    // MARK: Shrinking

    /// Releases the memory held beyond `bytes`.
    public func shrink(to bytes: Int) {
        let (owner, surplus) = state.withLock { state in
            let surplus = max(0, state.held - bytes)
            state.held -= surplus
            return (state.owner, surplus)
        }
        // Outside the lock, because this resumes waiting requests.
        if surplus > 0 { budget.give(surplus, of: owner) }
    }

    /// Sets the held memory to exactly `bytes`, which are already in use.
    public func settle(at bytes: Int) {
        shrink(to: bytes)
        charge(bytes - held)
    }
}

/// Links a wait to the cancellation of its task, whichever happens first.
private final class Wait: Sendable {
    private let state = Mutex((ticket: Int?.none, isCancelled: false))

    /// - Returns: whether the task was already cancelled.
    func begin(_ ticket: Int) -> Bool {
        state.withLock { state in
            state.ticket = ticket
            return state.isCancelled
        }
    }

    func cancel() -> Int? {
        state.withLock { state in
            state.isCancelled = true
            return state.ticket
        }
    }
}
