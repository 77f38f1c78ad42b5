import Caching
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct LRUCacheTests {
    /// Compares random use with a list in order of use that is searched from the front.
    @Test(arguments: 0..<20 as Range<UInt64>) func isTheListItStandsFor(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        let capacity = Int.random(in: 100...600, using: &rng)
        var cache = LRUCache<Int, Int>(capacity: capacity)
        var list: [(key: Int, value: Int, cost: Int)] = []  // newest first
        for step in 0..<3_000 {
            let key = Int.random(in: 0..<40, using: &rng)
            let place = list.firstIndex { $0.key == key }
            switch Int.random(in: 0..<10, using: &rng) {
            case 0..<5:
                let (value, cost) = (step, Int.random(in: 0...capacity / 4 * 5, using: &rng))
                let evicted = cache.insert(value, for: key, cost: cost)
                if let place { list.remove(at: place) }
                guard cost <= capacity else { break }
                var expected: [Int] = []
                while list.reduce(0, { $0 + $1.cost }) + cost > capacity { expected.append(list.removeLast().key) }
                #expect(evicted == expected, "seed \(seed), step \(step)")
                list.insert((key, value, cost), at: 0)
            case 5:
                cache.remove(key)
                if let place { list.remove(at: place) }
            default:
                #expect(cache.value(for: key) == place.map { list[$0].value }, "seed \(seed), step \(step)")
                if let place { list.insert(list.remove(at: place), at: 0) }
            }
            #expect(cache.count == list.count && cache.bytes == list.reduce(0) { $0 + $1.cost }, "seed \(seed), step \(step)")
        }
    }

    @Test func withoutCapacityNothingIsKept() {
        for capacity in [0, -1, .min] {
            var cache = LRUCache<String, Int>(capacity: capacity)
            cache.insert(1, for: "a", cost: 0)
            #expect(cache.count == 0 && cache.bytes == 0 && cache.value(for: "a") == nil)
        }
    }

    @Test func impossibleCostsAreNotKept() {
        var cache = LRUCache<String, Int>(capacity: 10)
        cache.insert(1, for: "a", cost: 10)
        for cost in [11, -1, .max, .min] {
            cache.insert(2, for: "b", cost: cost)
            #expect(cache.value(for: "b") == nil && cache.value(for: "a") == 1)
        }
    }
}
