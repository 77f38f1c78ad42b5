internal import Caching

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

    private var vectors: LRUCache<QueryKey, [Float]>

    /// - Parameter capacity: bytes that may be held, reckoned; 0 holds nothing.
    package init(capacity: Int) { vectors = LRUCache(capacity: capacity) }

    package var count: Int { vectors.count }
    package var bytes: Int { vectors.bytes }

    package static func cost(_ key: QueryKey, _ vector: [Float]) -> Int {
        4 * (key.tokens.count + vector.count) + key.caller.name.utf8.count + key.caller.generation.utf8.count + entryOverhead
    }

    /// The vector, which counts as used now.
    package mutating func vector(for key: QueryKey) -> [Float]? { vectors.value(for: key) }

    /// Keeps a vector. One that would take more than a sixty-fourth of the capacity is not kept: that is a document, not a query.
    package mutating func insert(_ vector: [Float], for key: QueryKey) {
        let cost = Self.cost(key, vector)
        if cost <= vectors.capacity / 64 { vectors.insert(vector, for: key, cost: cost) }
    }
}
