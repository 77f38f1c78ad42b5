import Embeddings
import Testing

@Suite(.timeLimit(.minutes(10))) struct VectorCacheTests {
    private static func key(_ caller: String, _ tokens: Int32...) -> QueryKey {
        QueryKey(caller: EmbeddingCaller(caller), tokens: tokens)
    }

    @Test func callerDoesNotGetAnotherCallersVector() {
        var cache = VectorCache(capacity: 1 << 20)
        cache.insert([1, 2], for: Self.key("a", 7, 8))
        #expect(cache.vector(for: Self.key("a", 7, 8)) == [1, 2])
        #expect(cache.vector(for: Self.key("b", 7, 8)) == nil)
        #expect(cache.vector(for: Self.key("a", 7)) == nil)
        let later = QueryKey(caller: EmbeddingCaller("a", incarnation: "2"), tokens: [7, 8])
        #expect(cache.vector(for: later) == nil)
    }

    @Test func cacheWithoutCapacityStaysEmpty() {
        for capacity in [0, -1, .min] {
            var cache = VectorCache(capacity: capacity)
            cache.insert([1], for: Self.key("a", 7))
            #expect(cache.count == 0 && cache.bytes == 0 && cache.vector(for: Self.key("a", 7)) == nil)
        }
    }

    @Test func longTextsAreNotCached() {
        var cache = VectorCache(capacity: 1 << 20)
        let long = QueryKey(caller: .anonymous, tokens: [Int32](repeating: 1, count: 10_000))
        cache.insert([1], for: long)
        #expect(cache.count == 0)
        cache.insert([1], for: QueryKey(caller: .anonymous, tokens: [Int32](repeating: 1, count: 1_000)))
        #expect(cache.count == 1)
    }
}
