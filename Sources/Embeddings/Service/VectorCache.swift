/// A text as one caller asked for it: the ids that the model reads, prompt included. Compared as a whole, so that two texts
/// with one hash are still two; with the caller in it, so that nobody is answered with what another asked.
package struct QueryKey: Hashable, Sendable {
    package let caller: EmbeddingCaller
    package let tokens: [Int32]

    package init(caller: EmbeddingCaller, tokens: [Int32]) {
        self.caller = caller
        self.tokens = tokens
    }
}

/// The vectors of the latest queries, within a number of bytes; what was not asked for longest goes first.
///
/// A plain value without a lock. Entries of callers who are gone are never asked for, and are pushed out by others'.
package struct VectorCache: Sendable {
    /// Reckoned for an entry beside its ids and its vector: table, links, the arrays' headers.
    static let entryOverhead = 256

    private struct Entry {
        let key: QueryKey
        let vector: [Float]
        let bytes: Int
        /// Neighbours in order of use; −1 at the ends.
        var newer: Int
        var older: Int
    }

    /// Bytes that may be held, reckoned; 0 holds nothing.
    package let capacity: Int
    package private(set) var bytes = 0
    private var places: [QueryKey: Int] = [:]
    /// `nil` where an entry was given up; such places are in `free`.
    private var entries: [Entry?] = []
    private var free: [Int] = []
    private var newest = -1
    private var oldest = -1

    package init(capacity: Int) { self.capacity = max(0, capacity) }

    package var count: Int { places.count }

    package static func cost(_ key: QueryKey, _ vector: [Float]) -> Int {
        4 * (key.tokens.count + vector.count) + key.caller.name.utf8.count + key.caller.generation.utf8.count + entryOverhead
    }

    /// The vector, which counts as used now.
    package mutating func vector(for key: QueryKey) -> [Float]? {
        guard let place = places[key], let entry = entries[place] else { return nil }
        unlink(place)
        link(place)
        return entry.vector
    }

    /// Keeps a vector, and gives up the longest unused ones until it has room. One that would take more than a sixty-fourth
    /// of the capacity is not kept: that is a document, not a query.
    package mutating func insert(_ vector: [Float], for key: QueryKey) {
        let cost = Self.cost(key, vector)
        guard cost <= capacity / 64, places[key] == nil else { return }
        while bytes + cost > capacity, oldest >= 0 { remove(oldest) }
        let place = free.popLast() ?? entries.count
        if place == entries.count { entries.append(nil) }
        entries[place] = Entry(key: key, vector: vector, bytes: cost, newer: -1, older: -1)
        places[key] = place
        bytes += cost
        link(place)
    }

    private mutating func remove(_ place: Int) {
        unlink(place)
        guard let entry = entries[place] else { return }
        bytes -= entry.bytes
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
