import Embeddings
import Testing
import TestSupport

@Suite struct VectorCacheTests {
    private static func key(_ caller: String, _ tokens: Int32...) -> QueryKey {
        QueryKey(caller: EmbeddingCaller(caller), tokens: tokens)
    }

    @Test func aCallerIsNotAnsweredWithAnothersVector() {
        var cache = VectorCache(capacity: 1 << 20)
        cache.insert([1, 2], for: Self.key("a", 7, 8))
        #expect(cache.vector(for: Self.key("a", 7, 8)) == [1, 2])
        #expect(cache.vector(for: Self.key("b", 7, 8)) == nil)
        #expect(cache.vector(for: Self.key("a", 7)) == nil)
        let later = QueryKey(caller: EmbeddingCaller("a", generation: "2"), tokens: [7, 8])
        #expect(cache.vector(for: later) == nil)
    }

    @Test func withoutCapacityNothingIsKept() {
        for capacity in [0, -1, .min] {
            var cache = VectorCache(capacity: capacity)
            cache.insert([1], for: Self.key("a", 7))
            #expect(cache.count == 0 && cache.bytes == 0 && cache.vector(for: Self.key("a", 7)) == nil)
        }
    }

    @Test func longTextsAreNotKept() {
        var cache = VectorCache(capacity: 1 << 20)
        let long = QueryKey(caller: .anonymous, tokens: [Int32](repeating: 1, count: 10_000))
        cache.insert([1], for: long)
        #expect(cache.count == 0)
        cache.insert([1], for: QueryKey(caller: .anonymous, tokens: [Int32](repeating: 1, count: 1_000)))
        #expect(cache.count == 1)
    }

    /// Random use against a list in order of use that is searched from the front.
    @Test(arguments: 0..<20 as Range<UInt64>) func isTheListItStandsFor(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        let capacity = Int.random(in: 30_000...120_000, using: &rng)
        var cache = VectorCache(capacity: capacity)
        var list: [(key: QueryKey, vector: [Float], cost: Int)] = []  // newest first
        for step in 0..<3_000 {
            let length = Int.random(in: 1...40, using: &rng)
            let first = Int32.random(in: 0..<12, using: &rng)
            let key = QueryKey(
                caller: EmbeddingCaller("\(Int.random(in: 0..<3, using: &rng))"), tokens: [Int32](repeating: first, count: length))
            if Bool.random(using: &rng) {
                let vector = randomVector(Int.random(in: 1...60, using: &rng), &rng)
                let cost = VectorCache.cost(key, vector)
                cache.insert(vector, for: key)
                if cost <= capacity / 64, !list.contains(where: { $0.key == key }) {
                    while list.reduce(0, { $0 + $1.cost }) + cost > capacity { list.removeLast() }
                    list.insert((key, vector, cost), at: 0)
                }
            } else {
                let place = list.firstIndex { $0.key == key }
                #expect(cache.vector(for: key) == place.map { list[$0].vector }, "seed \(seed), step \(step)")
                if let place { list.insert(list.remove(at: place), at: 0) }
            }
            #expect(cache.count == list.count && cache.bytes == list.reduce(0) { $0 + $1.cost }, "seed \(seed), step \(step)")
            #expect(cache.bytes <= capacity)
        }
    }
}
