/// Values by key within a number of bytes; what was not asked for longest goes first.
///
/// A plain value without a lock. Looking up, inserting and removing take constant time.
public struct LRUCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        let key: Key
        let value: Value
        let cost: Int
        /// Neighbours in order of use; −1 at the ends.
        var newer: Int
        var older: Int
    }

    /// Bytes that may be held, as the callers reckon them; 0 holds nothing.
    public let capacity: Int
    public private(set) var bytes = 0
    private var places: [Key: Int] = [:]
    /// `nil` where an entry was given up; such places are in `free`.
    private var entries: [Entry?] = []
    private var free: [Int] = []
    private var newest = -1
    private var oldest = -1

    public init(capacity: Int) { self.capacity = max(0, capacity) }

    public var count: Int { places.count }

    /// The value, which counts as used now.
    public mutating func value(for key: Key) -> Value? {
        guard let place = places[key], let entry = entries[place] else { return nil }
        unlink(place)
        link(place)
        return entry.value
    }

    /// Keeps a value in place of the key's former one, and gives up the longest unused ones until it has room.
    ///
    /// - Parameter cost: bytes, at least 0. What costs more than the whole capacity is not kept.
    /// - Returns: the keys of what was given up, the longest unused first.
    @discardableResult
    public mutating func insert(_ value: Value, for key: Key, cost: Int) -> [Key] {
        remove(key)
        guard cost >= 0, cost <= capacity, capacity > 0 else { return [] }
        var givenUp: [Key] = []
        while bytes > capacity - cost, let entry = oldest >= 0 ? entries[oldest] : nil {
            givenUp.append(entry.key)
            remove(at: oldest)
        }
        let place = free.popLast() ?? entries.count
        if place == entries.count { entries.append(nil) }
        entries[place] = Entry(key: key, value: value, cost: cost, newer: -1, older: -1)
        places[key] = place
        bytes += cost
        link(place)
        return givenUp
    }

    /// Does nothing where the key is not there.
    public mutating func remove(_ key: Key) {
        if let place = places[key] { remove(at: place) }
    }

    private mutating func remove(at place: Int) {
        unlink(place)
        guard let entry = entries[place] else { return }
        bytes -= entry.cost
        places[entry.key] = nil
        entries[place] = nil
        free.append(place)
    }

    /// Puts an entry that is not in the order at its newest end.
    private mutating func link(_ place: Int) {
        entries[place]?.older = newest
        entries[place]?.newer = -1
        if newest >= 0 { entries[newest]?.newer = place } else { oldest = place }
        newest = place
    }

    private mutating func unlink(_ place: Int) {
        guard let entry = entries[place] else { return }
        if entry.newer >= 0 { entries[entry.newer]?.older = entry.older } else { newest = entry.older }
        if entry.older >= 0 { entries[entry.older]?.newer = entry.newer } else { oldest = entry.newer }
    }
}
