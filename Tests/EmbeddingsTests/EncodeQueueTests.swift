import Embeddings
import TestSupport
import Testing

/// The queue's decisions, as a plain value.
@Suite(.timeLimit(.minutes(10))) struct EncodeQueueTests {
    static let a = EmbeddingCaller("a")
    static let b = EmbeddingCaller("b")

    static func limits(batch: Int, waiting: Int = 1_000_000, urgent: Int = 1_000_000) -> EncodeQueue.Limits {
        var limits = EncodeQueue.Limits()
        (limits.batchTokens, limits.waitingTokens, limits.urgentTokens) = (batch, waiting, urgent)
        return limits
    }

    static func items(_ request: UInt64, _ sequences: some Sequence<Int>) -> [EncodeQueue.Item] {
        sequences.map { EncodeQueue.Item(request: request, sequence: $0) }
    }

    @Test func queriesOvertakePassages() {
        var queue = EncodeQueue(limits: Self.limits(batch: 10), workers: 1)
        #expect(queue.arrive(1, lengths: [10, 10], purpose: .passage, caller: Self.a) == .accepted)
        #expect(queue.nextBatch() == Self.items(1, [0]))
        #expect(queue.arrive(2, lengths: [4], purpose: .query, caller: Self.a) == .accepted)
        #expect(queue.nextBatch() == Self.items(2, [0]))
        #expect(queue.nextBatch() == Self.items(1, [1]))
        #expect(queue.nextBatch().isEmpty && queue.isEmpty && queue.waitingTokens == 0)
    }

    /// A request that does not fit in one batch does not count as an interactive query, regardless of its purpose.
    @Test(arguments: [EmbeddingPurpose.query, .plain]) func longListsWaitWithThePassages(purpose: EmbeddingPurpose) {
        var queue = EncodeQueue(limits: Self.limits(batch: 10), workers: 1)
        _ = queue.arrive(1, lengths: [10, 10], purpose: .passage, caller: Self.a)
        _ = queue.arrive(2, lengths: [6, 6], purpose: purpose, caller: Self.b)
        #expect(queue.nextBatch() == Self.items(1, [0]))
        _ = queue.arrive(3, lengths: [5, 5], purpose: purpose, caller: Self.b)
        _ = queue.arrive(4, lengths: [30], purpose: purpose, caller: Self.b)
        #expect(queue.nextBatch() == Self.items(3, [0]))
        #expect(queue.nextBatch() == Self.items(4, [0]))
        #expect(queue.nextBatch() == Self.items(3, [1]))
        #expect(queue.nextBatch() == Self.items(2, [0]))
    }

    @Test func requestsOfOneCallerAreServedRoundRobin() {
        var queue = EncodeQueue(limits: Self.limits(batch: 10), workers: 1)
        _ = queue.arrive(1, lengths: [5, 5, 5, 5, 5], purpose: .passage, caller: Self.a)
        _ = queue.arrive(2, lengths: [5, 5], purpose: .passage, caller: Self.a)
        #expect(queue.nextBatch() == Self.items(1, [0]) + Self.items(2, [0]))
        #expect(queue.nextBatch() == Self.items(1, [1]) + Self.items(2, [1]))
        #expect(queue.nextBatch() == Self.items(1, [2, 3]))
    }

    @Test func manyRequestsGetNoMoreThanOne() {
        var queue = EncodeQueue(limits: Self.limits(batch: 10), workers: 1)
        for id in 1...50 { _ = queue.arrive(UInt64(id), lengths: [5, 5, 5], purpose: .passage, caller: Self.a) }
        _ = queue.arrive(99, lengths: [5, 5, 5], purpose: .passage, caller: Self.b)
        for sequence in 0..<3 {
            let batch = queue.nextBatch()
            #expect(batch.count == 2 && batch.contains(.init(request: 99, sequence: sequence)))
        }
    }

    @Test func queryIsServedNextDespiteAnotherCallersFlood() {
        var queue = EncodeQueue(limits: Self.limits(batch: 64), workers: 1)
        for id in 1...500 { _ = queue.arrive(UInt64(id), lengths: [16], purpose: .query, caller: Self.a) }
        _ = queue.nextBatch()
        _ = queue.arrive(1000, lengths: [16], purpose: .query, caller: Self.b)
        #expect(queue.nextBatch().contains(.init(request: 1000, sequence: 0)))
    }

    /// A query waits for the running batch of another caller's queries, so that batch must be short.
    @Test func urgentBatchesAreShort() {
        var queue = EncodeQueue(workers: 2)
        for id in 1...100 as ClosedRange<UInt64> { _ = queue.arrive(id, lengths: [10], purpose: .query, caller: Self.a) }
        #expect(queue.nextBatch(.urgent).count == 12)
        _ = queue.arrive(101, lengths: [10], purpose: .query, caller: Self.b)
        #expect(queue.nextBatch(.urgent).contains(EncodeQueue.Item(request: 101, sequence: 0)))
    }

    /// Each lane has its own threads, so a flood in one does not affect the other.
    @Test func queriesAndPassagesHaveSeparateLanes() {
        var queue = EncodeQueue(limits: Self.limits(batch: 16), workers: 1)
        _ = queue.arrive(1, lengths: [16, 16], purpose: .passage, caller: Self.b)
        for id in 2...21 { _ = queue.arrive(UInt64(id), lengths: [16], purpose: .query, caller: Self.a) }
        #expect(queue.nextBatch(.others) == Self.items(1, [0]))
        #expect(queue.nextBatch(.urgent) == Self.items(2, [0]))
        #expect(queue.nextBatch(.others) == Self.items(1, [1]))
        #expect(queue.nextBatch(.others).isEmpty && queue.urgentTokens == 19 * 16)
    }

    /// Callers with a constant backlog get the same number of tokens, within one sequence.
    @Test(arguments: 0..<20 as Range<UInt64>) func callersGetTokensAtTheSameRate(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        let limits = Self.limits(batch: Int.random(in: 20...200, using: &rng), waiting: 100_000_000)
        var queue = EncodeQueue(limits: limits, workers: 2)
        var owner: [UInt64: (caller: Int, lengths: [Int])] = [:]
        for caller in 0..<4 {
            let longest = Int.random(in: 1...100, using: &rng)
            for _ in 0..<Int.random(in: 1...30, using: &rng) {
                let id = UInt64(owner.count)
                owner[id] = (caller, (0..<Int.random(in: 100...300, using: &rng)).map { _ in Int.random(in: 1...longest, using: &rng) })
            }
        }
        for (id, request) in owner.sorted(by: { $0.key < $1.key }) {
            let caller = EmbeddingCaller("\(request.caller)")
            #expect(queue.arrive(id, lengths: request.lengths, purpose: .passage, caller: caller) == .accepted)
        }
        var left = (0..<4).map { caller in owner.values.filter { $0.caller == caller }.reduce(0) { $0 + $1.lengths.count } }
        var served = [Int](repeating: 0, count: 4)
        while left.allSatisfy({ $0 > 0 }) {
            for item in queue.nextBatch() {
                guard let request = owner[item.request], left.allSatisfy({ $0 > 0 }) else { break }
                served[request.caller] += request.lengths[item.sequence]
                left[request.caller] -= 1
            }
            #expect((served.max() ?? 0) - (served.min() ?? 0) <= 100, "seed \(seed)")
        }
    }

    /// A caller that sends its next request after each response gets no more than a caller with a constant backlog.
    @Test func sendingOneRequestAtATimeGivesNoAdvantage() {
        var queue = EncodeQueue(limits: Self.limits(batch: 10), workers: 1)
        _ = queue.arrive(1, lengths: [Int](repeating: 10, count: 100), purpose: .passage, caller: Self.a)
        var served = 0
        var waits = false
        for _ in 0..<100 {
            if !waits { _ = queue.arrive(UInt64(1000 + served), lengths: [10], purpose: .passage, caller: Self.b) }
            waits = queue.nextBatch().first?.request == 1
            if !waits { served += 1 }
        }
        #expect((49...51).contains(served))
    }

    @Test func aSmallRequestIsSpreadOverTheWorkers() {
        var queue = EncodeQueue(limits: Self.limits(batch: 1000), workers: 2)
        _ = queue.arrive(1, lengths: [100, 100, 100, 100], purpose: .passage, caller: Self.a)
        #expect(queue.nextBatch() == Self.items(1, [0, 1]))
        _ = queue.nextBatch()
        _ = queue.nextBatch()
        #expect(queue.isEmpty)
    }

    @Test func sequenceLongerThanABatchIsABatchOfItsOwn() {
        var queue = EncodeQueue(limits: Self.limits(batch: 10), workers: 1)
        _ = queue.arrive(1, lengths: [50, 3], purpose: .passage, caller: Self.a)
        #expect(queue.nextBatch() == Self.items(1, [0]))
        #expect(queue.nextBatch() == Self.items(1, [1]))
    }

    @Test func closedQueueIsEmptyAndRejectsRequests() {
        var queue = EncodeQueue(workers: 1)
        _ = queue.arrive(1, lengths: [5], purpose: .passage, caller: Self.a)
        queue.close()
        #expect(queue.isClosed && queue.isEmpty && queue.nextBatch().isEmpty)
        #expect(queue.arrive(2, lengths: [5], purpose: .query, caller: Self.a) == .closed)
    }

    /// Compares random arrivals, departures and batches with the set of pending sequences.
    @Test(arguments: 0..<40 as Range<UInt64>) func everySequenceIsHandedOutOnce(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        let limits = Self.limits(batch: Int.random(in: 1...40, using: &rng), waiting: 4000, urgent: 1000)
        var queue = EncodeQueue(limits: limits, workers: Int.random(in: 1...3, using: &rng))
        var pending: [UInt64: [Int]] = [:]
        var lengths: [UInt64: [Int]] = [:]
        var isUrgent: Set<UInt64> = []
        for step in 0..<400 {
            switch Int.random(in: 0..<10, using: &rng) {
            case 0..<4:
                let id = UInt64(step)
                let sizes = (0..<Int.random(in: 1...8, using: &rng)).map { _ in Int.random(in: 1...30, using: &rng) }
                let purpose = EmbeddingPurpose.allCases[Int.random(in: 0..<3, using: &rng)]
                let caller = EmbeddingCaller("\(Int.random(in: 0..<4, using: &rng))")
                if queue.arrive(id, lengths: sizes, purpose: purpose, caller: caller) == .accepted {
                    pending[id] = Array(sizes.indices)
                    lengths[id] = sizes
                    if purpose != .passage, sizes.count == 1 || sizes.reduce(0, +) <= limits.batchTokens { isUrgent.insert(id) }
                }
            case 4:
                if let id = pending.keys.sorted().randomElement(using: &rng) {
                    queue.remove(id)
                    pending[id] = nil
                }
            default:
                let wantsUrgent = Bool.random(using: &rng)
                let hadAny = pending.keys.contains { isUrgent.contains($0) == wantsUrgent }
                let batch = queue.nextBatch(wantsUrgent ? .urgent : .others)
                #expect(batch.isEmpty != hadAny, "seed \(seed), step \(step)")
                let tokens = batch.reduce(0) { $0 + (lengths[$1.request]?[$1.sequence] ?? 0) }
                #expect(batch.count <= 1 || tokens <= limits.batchTokens, "seed \(seed), step \(step)")
                for item in batch {
                    #expect(isUrgent.contains(item.request) == wantsUrgent, "seed \(seed), step \(step)")
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

extension EncodeQueue {
    /// Returns the next batch for a thread that serves both lanes, urgent requests first.
    mutating func nextBatch() -> [Item] {
        let urgent = nextBatch(.urgent)
        return urgent.isEmpty ? nextBatch(.others) : urgent
    }
}
