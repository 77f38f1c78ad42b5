/// The rules that decide how much memory each owner may hold. A plain value: it takes no lock, awaits nothing and reads no clock.
///
/// An owner may hold up to a fixed fraction, the share, of what the other owners leave. With a share of one half, one greedy owner gets
/// half of the budget, two get a third each, and some memory is always left for the next owner.
///
/// - Source: Choudhury & Hahne 1998, "Dynamic queue length thresholds for shared-memory packet switches"; the share is α / (1 + α).
package struct MemoryBudgetState: Sendable {
    private struct Waiter: Sendable {
        let ticket: Int
        let bytes: Int
    }

    private struct Account: Sendable {
        var held = 0
        /// The waiting requests, in order of arrival: small requests do not overtake a large one of the same owner.
        var waiters: [Waiter] = []
    }

    /// Size of the budget, in bytes.
    package let limit: Int
    /// Share of one owner, in 0...1.
    package let share: Double
    /// Maximum number of waiting requests.
    package let waiterLimit: Int
    package private(set) var held = 0
    package private(set) var waiting = 0
    private var accounts: [MemoryOwner: Account] = [:]
    /// Owners with waiting requests, in the order in which they began to wait.
    private var waitingOwners: [MemoryOwner] = []

    /// Maximum share of clients that have not presented a valid key.
    private static let unauthenticatedShare = 1.0 / 8

    package init(limit: Int, share: Double, waiterLimit: Int = 4096) {
        precondition(limit >= 0 && (0...1).contains(share), "limit must not be negative, and share must be between 0 and 1")
        (self.limit, self.share, self.waiterLimit) = (limit, share, waiterLimit)
    }

    package func held(by owner: MemoryOwner) -> Int { accounts[owner]?.held ?? 0 }

    /// Returns the number of bytes that an owner can hold if it is the only one.
    package func most(for owner: MemoryOwner) -> Int { Int(Double(limit) * share(of: owner)) }

    /// Takes memory if it fits within the owner's share and no request of the same owner is waiting.
    ///
    /// - Parameter passesWaiters: overtake waiters; for requests that already hold memory, which they release when they finish.
    package mutating func take(_ bytes: Int, for owner: MemoryOwner, passesWaiters: Bool = false) -> Bool {
        guard passesWaiters || accounts[owner]?.waiters.isEmpty ?? true, fits(bytes, owner) else { return false }
        add(bytes, to: owner)
        return true
    }

    /// Takes memory that is already in use, even beyond the budget. Others wait until it is released.
    package mutating func charge(_ bytes: Int, to owner: MemoryOwner) { add(bytes, to: owner) }

    /// Queues a request.
    ///
    /// - Returns: `false` if too many requests are waiting.
    package mutating func wait(_ ticket: Int, for bytes: Int, _ owner: MemoryOwner, passesWaiters: Bool = false) -> Bool {
        guard waiting < waiterLimit else { return false }
        if accounts[owner]?.waiters.isEmpty ?? true { waitingOwners.append(owner) }
        let waiter = Waiter(ticket: ticket, bytes: bytes)
        accounts[owner, default: Account()].waiters.insert(waiter, at: passesWaiters ? 0 : accounts[owner]?.waiters.count ?? 0)
        waiting += 1
        return true
    }

    /// Releases memory.
    ///
    /// - Returns: the tickets of the requests that this granted.
    package mutating func give(_ bytes: Int, of owner: MemoryOwner) -> [Int] {
        add(-bytes, to: owner)
        return grant()
    }

    /// Moves held memory from one owner to another.
    ///
    /// - Returns: as `give`.
    package mutating func move(_ bytes: Int, from owner: MemoryOwner, to other: MemoryOwner) -> [Int] {
        guard bytes > 0, owner != other else { return [] }
        add(-bytes, to: owner)
        add(bytes, to: other)
        return grant()
    }

    /// Removes a waiting request.
    ///
    /// - Returns: as `give`; `nil` if the request is not waiting.
    package mutating func leave(_ ticket: Int, of owner: MemoryOwner) -> [Int]? {
        guard let place = accounts[owner]?.waiters.firstIndex(where: { $0.ticket == ticket }) else { return nil }
        accounts[owner]?.waiters.remove(at: place)
        waiting -= 1
        forgetIfEmpty(owner)
        return grant()
    }

    private func share(of owner: MemoryOwner) -> Double { owner == .unknown ? min(share, Self.unauthenticatedShare) : share }

    private func fits(_ bytes: Int, _ owner: MemoryOwner) -> Bool {
        let own = held(by: owner)
        return Double(own) + Double(bytes) <= Double(limit - (held - own)) * share(of: owner)
    }

    private mutating func add(_ bytes: Int, to owner: MemoryOwner) {
        held += bytes
        accounts[owner, default: Account()].held += bytes
        forgetIfEmpty(owner)
    }

    private mutating func forgetIfEmpty(_ owner: MemoryOwner) {
        guard let account = accounts[owner], account.waiters.isEmpty else { return }
        waitingOwners.removeAll { $0 == owner }
        if account.held == 0 { accounts[owner] = nil }
    }

    /// Grants waiting requests round-robin, one per owner, until no owner's first request fits.
    private mutating func grant() -> [Int] {
        guard waiting > 0 else { return [] }
        var granted: [Int] = []
        var isDone = false
        while !isDone {
            isDone = true
            for owner in waitingOwners {
                guard let first = accounts[owner]?.waiters.first, fits(first.bytes, owner) else { continue }
                accounts[owner]?.waiters.removeFirst()
                waiting -= 1
                add(first.bytes, to: owner)
                granted.append(first.ticket)
                isDone = false
            }
        }
        return granted
    }
}
