import Dispatch
internal import Synchronization

/// A budget for the memory that the process holds for its clients: request bodies, parsed data, and responses until they are sent. It only
/// counts; it allocates nothing.
///
/// When the budget is used up, requests wait for a limited time, which exerts back-pressure on their clients.
public final class MemoryBudget: Sendable {
    package enum Outcome: Sendable { case granted, expired, cancelled }
    private typealias Waiter = @Sendable (Outcome) -> Void
    package typealias Timer = @Sendable (_ after: Duration, _ body: @escaping @Sendable () -> Void) -> Void

    public struct Statistics: Sendable {
        /// Maximum and currently held memory, in bytes.
        public let limit: Int
        public let held: Int
        /// Number of requests waiting for memory.
        public let waiting: Int
        /// Number of requests since the start that waited, and that were refused.
        public let waited: Int
        public let refused: Int
    }

    private struct State {
        var accounts: MemoryBudgetState
        var waiters: [Int: Waiter] = [:]
        var lastTicket = 0
        var waited = 0
        var refused = 0
        /// Maximum held memory since memory was last returned to the system.
        var peak = 0
    }

    private let state: Mutex<State>
    private let timer: Timer
    private let onSettled: @Sendable () -> Void
    /// Default timeout of requests for memory.
    public let timeout: Duration

    /// Minimum peak after which returning memory to the system is worthwhile, in bytes.
    private static let largePeak = 16 << 20

    /// - Parameters:
    ///   - limit: size of the budget, in bytes.
    ///   - share: maximum fraction of the memory not held by others that one owner may hold, in 0...1.
    public convenience init(limit: Int, share: Double, timeout: Duration) {
        self.init(
            limit: limit, share: share, timeout: timeout,
            timer: { after, body in
                let nanoseconds = min(after / .nanoseconds(1), 1e18)
                DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(Int(nanoseconds)), execute: body)
            }, onSettled: Allocator.returnFreedMemorySoon)
    }

    /// - Parameter onSettled: called when most of the held memory has been released.
    package init(
        limit: Int, share: Double, timeout: Duration, timer: @escaping Timer, onSettled: @escaping @Sendable () -> Void = {}
    ) {
        state = Mutex(State(accounts: MemoryBudgetState(limit: limit, share: share)))
        (self.timeout, self.timer, self.onSettled) = (timeout, timer, onSettled)
    }

    public var statistics: Statistics {
        state.withLock {
            Statistics(
                limit: $0.accounts.limit, held: $0.accounts.held, waiting: $0.accounts.waiting, waited: $0.waited, refused: $0.refused)
        }
    }

    package func held(by owner: MemoryOwner) -> Int { state.withLock { $0.accounts.held(by: owner) } }

    /// Returns an empty reservation.
    public func reservation(for owner: MemoryOwner) -> MemoryReservation { MemoryReservation(self, owner) }

    // MARK: For reservations

    func most(for owner: MemoryOwner) -> Int { state.withLock { $0.accounts.most(for: owner) } }

    func take(_ bytes: Int, for owner: MemoryOwner, passesWaiters: Bool) -> Bool {
        state.withLock { state in
            defer { state.peak = max(state.peak, state.accounts.held) }
            return state.accounts.take(bytes, for: owner, passesWaiters: passesWaiters)
        }
    }

    func charge(_ bytes: Int, to owner: MemoryOwner) {
        state.withLock { state in
            state.accounts.charge(bytes, to: owner)
            state.peak = max(state.peak, state.accounts.held)
        }
    }

    func give(_ bytes: Int, of owner: MemoryOwner) {
        let (granted, hasSettled) = state.withLock { state in
            let granted = state.accounts.give(bytes, of: owner)
            let hasSettled = state.peak >= Self.largePeak && state.accounts.held <= state.peak / 4
            if hasSettled { state.peak = state.accounts.held }
            return (Self.waiters(granted, &state), hasSettled)
        }
        for tell in granted { tell(.granted) }
        if hasSettled { onSettled() }
    }

    func move(_ bytes: Int, from owner: MemoryOwner, to other: MemoryOwner) {
        let granted = state.withLock { state in Self.waiters(state.accounts.move(bytes, from: owner, to: other), &state) }
        for tell in granted { tell(.granted) }
    }

    /// Takes memory, waiting if necessary, and calls `body` once with the outcome, possibly before this returns.
    ///
    /// - Returns: the ticket, for `leave`.
    /// - Throws: `.impossible`.
    func take(
        _ bytes: Int, for owner: MemoryOwner, passesWaiters: Bool, timeout: Duration?, _ body: @escaping @Sendable (Outcome) -> Void
    ) throws(MemoryShortage) -> Int {
        let most = most(for: owner)
        guard bytes <= most else {
            state.withLock { $0.refused += 1 }
            throw MemoryShortage(code: .impossible, bytes: bytes, most: most)
        }
        let (ticket, outcome): (Int, Outcome?) = state.withLock { state in
            state.lastTicket += 1
            if state.accounts.take(bytes, for: owner, passesWaiters: passesWaiters) {
                state.peak = max(state.peak, state.accounts.held)
                return (state.lastTicket, .granted)
            }
            guard state.accounts.wait(state.lastTicket, for: bytes, owner, passesWaiters: passesWaiters) else {
                state.refused += 1
                return (state.lastTicket, .expired)
            }
            state.waited += 1
            state.waiters[state.lastTicket] = body
            return (state.lastTicket, nil)
        }
        if let outcome { body(outcome) } else { timer(timeout ?? self.timeout) { [weak self] in self?.leave(ticket, of: owner, .expired) } }
        return ticket
    }

    /// Ends the wait with `outcome`, unless it has already ended.
    func leave(_ ticket: Int, of owner: MemoryOwner, _ outcome: Outcome) {
        let (granted, tell): ([Waiter], Waiter?) = state.withLock { state in
            guard let granted = state.accounts.leave(ticket, of: owner) else { return ([], nil) }
            if case .expired = outcome { state.refused += 1 }
            return (Self.waiters(granted, &state), state.waiters.removeValue(forKey: ticket))
        }
        tell?(outcome)
        for tell in granted { tell(.granted) }
    }

    private static func waiters(_ tickets: [Int], _ state: inout State) -> [Waiter] {
        if !tickets.isEmpty { state.peak = max(state.peak, state.accounts.held) }
        return tickets.compactMap { state.waiters.removeValue(forKey: $0) }
    }
}
