/// Decides who may hold how much memory. A plain value: it takes no lock, awaits nothing and reads no clock.
///
/// An owner may hold up to a share of what the other owners leave. With a share of one half, one greedy owner gets half of the budget, two
/// get a third each, and whoever comes next always finds something.
///
/// - Source: Choudhury & Hahne 1998, "Dynamic queue length thresholds for shared-memory packet switches"; the share is α / (1 + α).
package struct MemoryBudgetState: Sendable {
    private struct Waiter: Sendable {
        let ticket: Int
        let bytes: Int
    }

    private struct Account: Sendable {
        var held = 0
        /// First come, first served: a large request is not passed by small ones of the same owner.
        var waiters: [Waiter] = []
    }

    /// In bytes.
    package let limit: Int
    /// In 0...1.
    package let share: Double
    /// Maximum number of requests that wait.
    package let waiterLimit: Int
    package private(set) var held = 0
    package private(set) var waiting = 0
    private var accounts: [MemoryOwner: Account] = [:]
    /// Owners whose requests wait, in the order in which they began to.
    private var waitingOwners: [MemoryOwner] = []

    /// Share of clients that have shown no key.
    private static let unknownShare = 1.0 / 8

    package init(limit: Int, share: Double, waiterLimit: Int = 4096) {
        precondition(limit >= 0 && (0...1).contains(share), "a budget has a size and a share")
        (self.limit, self.share, self.waiterLimit) = (limit, share, waiterLimit)
    }

    package func held(by owner: MemoryOwner) -> Int { accounts[owner]?.held ?? 0 }

    /// The number of bytes that an owner can hold while there is no other.
    package func most(for owner: MemoryOwner) -> Int { Int(Double(limit) * share(of: owner)) }

    /// Takes memory if there is some for this owner, and nobody of the same owner waits for it.
    ///
    /// - Parameter passesWaiters: for requests that already hold memory, which they give back when they are done.
    package mutating func take(_ bytes: Int, for owner: MemoryOwner, passesWaiters: Bool = false) -> Bool {
        guard passesWaiters || accounts[owner]?.waiters.isEmpty ?? true, fits(bytes, owner) else { return false }
        add(bytes, to: owner)
        return true
    }

    /// Takes memory that is already in use, whether or not the budget has it. Others wait until it is given back.
    package mutating func charge(_ bytes: Int, to owner: MemoryOwner) { add(bytes, to: owner) }

    /// Queues a request.
    ///
    /// - Returns: `false` where too many wait already.
    package mutating func wait(_ ticket: Int, for bytes: Int, _ owner: MemoryOwner, passesWaiters: Bool = false) -> Bool {
        guard waiting < waiterLimit else { return false }
        if accounts[owner]?.waiters.isEmpty ?? true { waitingOwners.append(owner) }
        let waiter = Waiter(ticket: ticket, bytes: bytes)
        accounts[owner, default: Account()].waiters.insert(waiter, at: passesWaiters ? 0 : accounts[owner]?.waiters.count ?? 0)
        waiting += 1
        return true
    }

    /// Gives memory back.
    ///
    /// - Returns: tickets of the requests that have theirs now.
    package mutating func give(_ bytes: Int, of owner: MemoryOwner) -> [Int] {
        add(-bytes, to: owner)
        return grant()
    }

    /// Makes memory that one owner holds another's.
    ///
    /// - Returns: as `give`.
    package mutating func move(_ bytes: Int, from owner: MemoryOwner, to other: MemoryOwner) -> [Int] {
        guard bytes > 0, owner != other else { return [] }
        add(-bytes, to: owner)
        add(bytes, to: other)
        return grant()
    }

    /// Removes a request that waits, if it still does.
    ///
    /// - Returns: as `give`; `nil` where it does not wait.
    package mutating func leave(_ ticket: Int, of owner: MemoryOwner) -> [Int]? {
        guard let place = accounts[owner]?.waiters.firstIndex(where: { $0.ticket == ticket }) else { return nil }
        accounts[owner]?.waiters.remove(at: place)
        waiting -= 1
        forgetIfEmpty(owner)
        return grant()
    }

    private func share(of owner: MemoryOwner) -> Double { owner == .unknown ? min(share, Self.unknownShare) : share }

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

    /// Grants one request of each owner in turn, as long as the first of some owner fits.
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
