/// The policy that decides which connections stay open: a value without locks, I/O or a clock.
///
/// A connection is authenticated while its last request had a valid key, and is then never evicted. All others are strangers: when there
/// are too many connections, or too many strangers of one address, the oldest stranger is evicted, so that a new client can always connect.
/// Some places are reserved for strangers: authenticated connections beyond the other places stay evictable.
package struct ConnectionRegister {
    package typealias Number = ConnectionQueue.Number

    private struct Entry {
        let address: ClientAddress
        var isAuthenticated = false
    }

    private let limits: ConnectionLimits
    private var entries: [Number: Entry] = [:]
    private var strangers = ConnectionQueue()
    private var strangersByAddress: [ClientAddress: ConnectionQueue] = [:]
    private var lastNumber: Number = 0

    package private(set) var evicted = 0
    package private(set) var refused = 0

    package init(_ limits: ConnectionLimits) { self.limits = limits }

    package var count: Int { entries.count }
    package var strangerCount: Int { strangers.count }

    package struct Arrival: Equatable {
        /// The new connection's number; `nil` if it is refused because no other connection can be evicted.
        package let number: Number?
        /// The connections to close.
        package var evicted: [Number] = []
    }

    package mutating func arrive(from address: ClientAddress) -> Arrival {
        var leaving: [Number] = []
        if strangersByAddress[address]?.count ?? 0 >= limits.unauthenticatedPerAddress,
            let oldest = strangersByAddress[address]?.oldest()
        {
            leaving.append(oldest)
            leave(oldest)
        }
        if entries.count >= limits.maximum {
            guard let oldest = strangers.oldest() else {
                refused += 1
                return Arrival(number: nil, evicted: leaving)
            }
            leaving.append(oldest)
            leave(oldest)
        }
        evicted += leaving.count
        lastNumber += 1
        entries[lastNumber] = Entry(address: address)
        addStranger(lastNumber, address)
        return Arrival(number: lastNumber, evicted: leaving)
    }

    /// Records whether the connection's last request had a valid key.
    package mutating func note(_ number: Number, isAuthenticated: Bool) {
        guard let entry = entries[number], entry.isAuthenticated != isAuthenticated else { return }
        if isAuthenticated {
            guard entries.count - strangers.count < limits.maximum - limits.reserved else { return }
            removeStranger(number, entry.address)
        } else {
            addStranger(number, entry.address)
        }
        entries[number]?.isAuthenticated = isAuthenticated
    }

    /// Removes a connection that is closed or closing. A second call has no effect.
    package mutating func leave(_ number: Number) {
        guard let entry = entries.removeValue(forKey: number) else { return }
        if !entry.isAuthenticated { removeStranger(number, entry.address) }
    }

    private mutating func addStranger(_ number: Number, _ address: ClientAddress) {
        strangers.insert(number)
        strangersByAddress[address, default: ConnectionQueue()].insert(number)
    }

    private mutating func removeStranger(_ number: Number, _ address: ClientAddress) {
        strangers.remove(number)
        strangersByAddress[address]?.remove(number)
        if strangersByAddress[address]?.count == 0 { strangersByAddress[address] = nil }
    }
}
