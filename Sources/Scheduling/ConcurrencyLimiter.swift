import Synchronization

/// A concurrency limit, shared fairly between callers: requests above it wait in a `SlotQueue`.
public final class ConcurrencyLimiter<Caller: Hashable & Sendable>: Sendable {
    private typealias Ticket = SlotQueue<Caller>.Ticket

    private struct State {
        var queue: SlotQueue<Caller>
        var waiting: [Ticket: CheckedContinuation<Result<Void, ConcurrencyRefusal>, Never>] = [:]
        var lastTicket: Ticket = 0
    }

    private let state: Mutex<State>

    /// - Parameters:
    ///   - slots: maximum number of concurrent requests, at least 1.
    ///   - capacity: maximum number of waiting requests of each priority.
    public init(slots: Int, capacity: Int = 4096) { state = Mutex(State(queue: SlotQueue(slots: slots, capacity: capacity))) }

    public var running: Int { state.withLock { $0.queue.running } }
    public var waiting: Int { state.withLock { $0.queue.waiting } }

    /// Waits for a free slot and returns it.
    public func slot(for caller: Caller, _ priority: RequestPriority = .interactive) async throws(ConcurrencyRefusal) -> ConcurrencySlot {
        let ticket = state.withLock { state in
            state.lastTicket += 1
            return state.lastTicket
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { enter(ticket, caller, priority, $0) }
        } onCancel: {
            let waiter = state.withLock { state in
                state.queue.remove(ticket, caller, priority) ? state.waiting.removeValue(forKey: ticket) : nil
            }
            waiter?.resume(returning: .failure(.cancelled))
        }
        try outcome.get()
        return ConcurrencySlot { [self] in leave(caller, priority) }
    }

    /// Refuses waiting requests and new ones.
    public func close() {
        let waiting = state.withLock { state in
            state.queue.close()
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for waiter in waiting { waiter.resume(returning: .failure(.closed)) }
    }

    private func enter(
        _ ticket: Ticket, _ caller: Caller, _ priority: RequestPriority,
        _ waiter: CheckedContinuation<Result<Void, ConcurrencyRefusal>, Never>
    ) {
        let outcome: Result<Void, ConcurrencyRefusal>? = state.withLock { state in
            // Checked under the lock, so that a cancellation comes either before this check or after the ticket is stored.
            if Task.isCancelled { return .failure(.cancelled) }
            switch state.queue.arrive(ticket, caller, priority) {
            case .start: return .success(())
            case .closed: return .failure(.closed)
            // One second per full round of the queue: the duration of requests is unknown.
            case .full: return .failure(.full(retryAfterSeconds: min(1 + state.queue.waiting / state.queue.slots, 60)))
            case .wait:
                state.waiting[ticket] = waiter
                return nil
            }
        }
        if let outcome { waiter.resume(returning: outcome) }
    }

    private func leave(_ caller: Caller, _ priority: RequestPriority) {
        let started = state.withLock { state in
            state.queue.leave(caller, priority).compactMap { state.waiting.removeValue(forKey: $0) }
        }
        for waiter in started { waiter.resume(returning: .success(())) }
    }
}

/// The reason why a request gets no slot.
public enum ConcurrencyRefusal: Error, Hashable, Sendable {
    /// The queue, or the caller's share of it, is full.
    case full(retryAfterSeconds: Int)
    /// The request's task was cancelled.
    case cancelled
    case closed
}

/// A slot of something with a limited number of them. It is released once, at the latest on deallocation.
public final class ConcurrencySlot: Sendable {
    private let free: Mutex<(@Sendable () -> Void)?>

    /// - Parameter free: called once, when the slot is released.
    public init(_ free: @escaping @Sendable () -> Void) { self.free = Mutex(free) }

    deinit { release() }

    public func release() {
        let free = free.withLock { free in
            defer { free = nil }
            return free
        }
        free?()
    }
}
