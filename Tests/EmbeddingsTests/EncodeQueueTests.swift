import Embeddings
import Testing
import TestSupport

/// The queue's decisions, as a plain value.
@Suite struct EncodeQueueTests {
    static func limits(batch: Int, waiting: Int = 1_000_000, reserve: Int = 0) -> EncodeQueue.Limits {
        var limits = EncodeQueue.Limits()
        (limits.batchTokens, limits.waitingTokens, limits.queryReserve) = (batch, waiting, reserve)
        return limits
    }

    static func items(_ request: UInt64, _ sequences: some Sequence<Int>) -> [EncodeQueue.Item] {
        sequences.map { EncodeQueue.Item(request: request, sequence: $0) }
    }

    @Test func queriesOvertakePassages() {
        var queue = EncodeQueue(limits: Self.limits(batch: 10), workers: 1)
        #expect(queue.arrive(1, lengths: [10, 10], purpose: .passage) == .accepted)
        #expect(queue.nextBatch() == Self.items(1, [0]))
        #expect(queue.arrive(2, lengths: [4], purpose: .query) == .accepted)
        #expect(queue.nextBatch() == Self.items(2, [0]))
        #expect(queue.nextBatch() == Self.items(1, [1]))
        #expect(queue.nextBatch().isEmpty && queue.isEmpty && queue.waitingTokens == 0)
    }

    @Test func requestsTakeTurns() {
        var queue = EncodeQueue(limits: Self.limits(batch: 10), workers: 1)
        _ = queue.arrive(1, lengths: [5, 5, 5, 5, 5, 5], purpose: .passage)
        _ = queue.arrive(2, lengths: [5], purpose: .passage)
        #expect(queue.nextBatch() == Self.items(1, [0, 1]))
        #expect(queue.nextBatch() == Self.items(2, [0]) + Self.items(1, [2]))
        #expect(queue.nextBatch() == Self.items(1, [3, 4]))
    }

    @Test func aSmallRequestIsSpreadOverTheWorkers() {
        var queue = EncodeQueue(limits: Self.limits(batch: 1000), workers: 2)
        _ = queue.arrive(1, lengths: [100, 100, 100, 100], purpose: .passage)
        #expect(queue.nextBatch() == Self.items(1, [0, 1]))
        _ = queue.nextBatch()
        _ = queue.nextBatch()
        #expect(queue.isEmpty)
    }

    @Test func aSequenceLongerThanABatchGoesAlone() {
        var queue = EncodeQueue(limits: Self.limits(batch: 10), workers: 1)
        _ = queue.arrive(1, lengths: [50, 3], purpose: .passage)
        #expect(queue.nextBatch() == Self.items(1, [0]))
        #expect(queue.nextBatch() == Self.items(1, [1]))
    }

    @Test func whatWaitsIsBounded() {
        var queue = EncodeQueue(limits: Self.limits(batch: 10, waiting: 100, reserve: 20), workers: 1)
        #expect(queue.arrive(1, lengths: [300], purpose: .passage) == .accepted)
        #expect(queue.arrive(2, lengths: [1], purpose: .passage) == .full)
        #expect(queue.nextBatch() == Self.items(1, [0]))
        #expect(queue.arrive(3, lengths: [60, 40], purpose: .passage) == .accepted)
        #expect(queue.arrive(4, lengths: [1], purpose: .passage) == .full)
        #expect(queue.arrive(5, lengths: [20], purpose: .query) == .accepted)
        #expect(queue.arrive(6, lengths: [1], purpose: .query) == .full)
        queue.remove(3)
        #expect(queue.waitingTokens == 20)
        #expect(queue.arrive(7, lengths: [80], purpose: .passage) == .accepted)
    }

    @Test func closingForgetsAndRefuses() {
        var queue = EncodeQueue(workers: 1)
        _ = queue.arrive(1, lengths: [5], purpose: .passage)
        queue.close()
        #expect(queue.isClosed && queue.isEmpty && queue.nextBatch().isEmpty)
        #expect(queue.arrive(2, lengths: [5], purpose: .query) == .closed)
    }

    /// Random arrivals, departures and batches against a set of what must still come.
    @Test(arguments: 0..<40 as Range<UInt64>) func nothingIsLostOrGivenTwice(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        let batchTokens = Int.random(in: 1...40, using: &rng)
        var queue = EncodeQueue(
            limits: Self.limits(batch: batchTokens, waiting: 400, reserve: 50), workers: Int.random(in: 1...3, using: &rng))
        var pending: [UInt64: [Int]] = [:]
        var lengths: [UInt64: [Int]] = [:]
        var isQuery: Set<UInt64> = []
        for step in 0..<400 {
            switch Int.random(in: 0..<10, using: &rng) {
            case 0..<4:
                let id = UInt64(step)
                let sizes = (0..<Int.random(in: 1...8, using: &rng)).map { _ in Int.random(in: 1...30, using: &rng) }
                let query = Bool.random(using: &rng)
                if queue.arrive(id, lengths: sizes, purpose: query ? .query : .passage) == .accepted {
                    pending[id] = Array(sizes.indices)
                    lengths[id] = sizes
                    if query { isQuery.insert(id) }
                }
            case 4:
                if let id = pending.keys.sorted().randomElement(using: &rng) {
                    queue.remove(id)
                    pending[id] = nil
                }
            default:
                let hadQuery = pending.keys.contains { isQuery.contains($0) }
                let batch = queue.nextBatch()
                #expect(batch.isEmpty == pending.isEmpty, "seed \(seed), step \(step)")
                let tokens = batch.reduce(0) { $0 + (lengths[$1.request]?[$1.sequence] ?? 0) }
                #expect(batch.count <= 1 || tokens <= batchTokens, "seed \(seed), step \(step)")
                for item in batch {
                    #expect(isQuery.contains(item.request) == hadQuery, "seed \(seed), step \(step)")
                    #expect(pending[item.request]?.first == item.sequence, "seed \(seed), step \(step)")
                    pending[item.request]?.removeFirst()
                    if pending[item.request]?.isEmpty == true { pending[item.request] = nil }
                }
            }
            let waiting = pending.reduce(0) { sum, entry in sum + entry.value.reduce(0) { $0 + (lengths[entry.key]?[$1] ?? 0) } }
            #expect(queue.waitingTokens == waiting, "seed \(seed), step \(step)")
            #expect(queue.isEmpty == pending.isEmpty)
        }
    }
}
