/// A cache of values by key with a maximum size in bytes. It evicts the least recently used entries first.
///
/// A plain value without a lock. Lookup, insertion and removal take constant time.
public struct LRUCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        let key: Key
        let value: Value
        let cost: Int
        /// The neighbours' places in order of use; −1 at the ends.
        var newer: Int
        var older: Int
    }

    /// Maximum size in bytes, by the callers' costs; with 0 the cache stays empty.
    public let capacity: Int
    public private(set) var bytes = 0
    private var places: [Key: Int] = [:]
    /// The entries; `nil` at removed places, which are listed in `free`.
    private var entries: [Entry?] = []
    private var free: [Int] = []
    private var newest = -1
    private var oldest = -1

    public init(capacity: Int) { self.capacity = max(0, capacity) }

    public var count: Int { places.count }

    /// Returns the value for a key, and marks it as used.
    public mutating func value(for key: Key) -> Value? {
        guard let place = places[key], let entry = entries[place] else { return nil }
        unlink(place)
        link(place)
        return entry.value
    }

    /// Inserts or replaces the value of a key, and evicts the least recently used entries until there is room.
    ///
    /// - Parameter cost: size in bytes, at least 0. A value larger than the capacity is not kept.
    /// - Returns: the keys of the evicted entries, the least recently used first.
    @discardableResult
    public mutating func insert(_ value: Value, for key: Key, cost: Int) -> [Key] {
        remove(key)
        guard cost >= 0, cost <= capacity, capacity > 0 else { return [] }
        var evicted: [Key] = []
        while bytes > capacity - cost, let entry = oldest >= 0 ? entries[oldest] : nil {
            evicted.append(entry.key)
            remove(at: oldest)
        }
        let place = free.popLast() ?? entries.count
        if place == entries.count { entries.append(nil) }
        entries[place] = Entry(key: key, value: value, cost: cost, newer: -1, older: -1)
        places[key] = place
        bytes += cost
        link(place)
        return evicted
    }

    /// Removes the value of a key, if any.
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

    /// Links an unlinked entry as the most recently used one.
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
