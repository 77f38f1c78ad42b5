import Dispatch
internal import Synchronization

/// The memory that the process may hold for its clients, coming in and going out: bodies, what is parsed from them, responses until they
/// are taken. It counts; it allocates nothing.
///
/// Where there is none left, requests wait for a bounded time, which is back-pressure on the client that they are read from.
public final class MemoryBudget: Sendable {
    package enum Outcome: Sendable { case granted, expired, cancelled }
    private typealias Waiter = @Sendable (Outcome) -> Void
    package typealias Timer = @Sendable (_ after: Duration, _ body: @escaping @Sendable () -> Void) -> Void

    public struct Statistics: Sendable {
        /// In bytes.
        public let limit: Int
        public let held: Int
        /// Requests that wait for memory now.
        public let waiting: Int
        /// Requests that have waited, and that got none, since the start.
        public let waited: Int
        public let refused: Int
    }

    private struct State {
        var accounts: MemoryBudgetState
        var waiters: [Int: Waiter] = [:]
        var lastTicket = 0
        var waited = 0
        var refused = 0
        /// The most that was held since memory was last returned to the system.
        var peak = 0
    }

    private let state: Mutex<State>
    private let timer: Timer
    private let onSettled: @Sendable () -> Void
    /// How long requests wait unless they say otherwise.
    public let patience: Duration

    /// A peak below this leaves nothing that is worth returning to the system.
    private static let notablePeak = 16 << 20

    /// - Parameters:
    ///   - limit: in bytes.
    ///   - share: what one owner may hold of that which the others leave, in 0...1.
    public convenience init(limit: Int, share: Double, patience: Duration) {
        self.init(
            limit: limit, share: share, patience: patience,
            timer: { after, body in
                let nanoseconds = min(after / .nanoseconds(1), 1e18)
                DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(Int(nanoseconds)), execute: body)
            }, onSettled: Allocator.returnFreedMemorySoon)
    }

    /// - Parameter onSettled: called when most of what was held has been given back.
    package init(
        limit: Int, share: Double, patience: Duration, timer: @escaping Timer, onSettled: @escaping @Sendable () -> Void = {}
    ) {
        state = Mutex(State(accounts: MemoryBudgetState(limit: limit, share: share)))
        (self.patience, self.timer, self.onSettled) = (patience, timer, onSettled)
    }

    public var statistics: Statistics {
        state.withLock {
            Statistics(
                limit: $0.accounts.limit, held: $0.accounts.held, waiting: $0.accounts.waiting, waited: $0.waited, refused: $0.refused)
        }
    }

    package func held(by owner: MemoryOwner) -> Int { state.withLock { $0.accounts.held(by: owner) } }

    /// An empty reservation.
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
            let hasSettled = state.peak >= Self.notablePeak && state.accounts.held <= state.peak / 4
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

    /// Takes memory now or when there is some, and tells `body` once, perhaps before this returns.
    ///
    /// - Returns: the ticket, for `leave`.
    /// - Throws: `.impossible`.
    func take(
        _ bytes: Int, for owner: MemoryOwner, passesWaiters: Bool, patience: Duration?, _ body: @escaping @Sendable (Outcome) -> Void
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
        if let outcome { body(outcome) } else { timer(patience ?? self.patience) { [weak self] in self?.leave(ticket, of: owner, .expired) } }
        return ticket
    }

    /// Ends the wait, if it has not ended yet.
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
