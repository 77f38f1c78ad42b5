internal import Caching

/// The cache key of a query: the caller and the token ids that the model reads, including the prompt. Keys are compared in
/// full, not by hash. They include the caller, so that a vector computed for one caller is never returned to another.
package struct QueryKey: Hashable, Sendable {
    package let caller: EmbeddingCaller
    package let tokens: [Int32]

    package init(caller: EmbeddingCaller, tokens: [Int32]) {
        self.caller = caller
        self.tokens = tokens
    }
}

/// A cache of the vectors of the latest queries, limited in bytes; evicts the least recently used entry first.
///
/// A plain value without a lock. Entries of callers that no longer exist are never hit, and newer entries evict them.
package struct VectorCache: Sendable {
    /// Estimated overhead of an entry beside its ids and its vector, in bytes: table, links, array headers.
    static let entryOverhead = 256

    private var vectors: LRUCache<QueryKey, [Float]>

    /// - Parameter capacity: maximum estimated size, in bytes; 0 disables the cache.
    package init(capacity: Int) { vectors = LRUCache(capacity: capacity) }

    package var count: Int { vectors.count }
    package var bytes: Int { vectors.bytes }

    package static func cost(_ key: QueryKey, _ vector: [Float]) -> Int {
        4 * (key.tokens.count + vector.count) + key.caller.name.utf8.count + key.caller.incarnation.utf8.count + entryOverhead
    }

    /// Returns the vector of a key, if cached, and marks it as the most recently used.
    package mutating func vector(for key: QueryKey) -> [Float]? { vectors.value(for: key) }

    /// Caches a vector. One that takes more than 1/64 of the capacity is not cached: it belongs to a document, not to a query.
    package mutating func insert(_ vector: [Float], for key: QueryKey) {
        let cost = Self.cost(key, vector)
        if cost <= vectors.capacity / 64 { vectors.insert(vector, for: key, cost: cost) }
    }
}
