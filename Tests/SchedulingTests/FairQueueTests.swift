import Scheduling
import TestSupport
import Testing

/// The queue's decisions, as a plain value: time is a number that the tests choose.
@Suite(.timeLimit(.minutes(10))) struct FairQueueTests {
    typealias Queue = FairQueue<Int, Int>
    static let millisecond: Int64 = 1_000_000

    static func limits(waiting: Int = 1_000_000, threads: Int = 2) -> Queue.Limits {
        Queue.Limits(waiting: waiting, foregroundThreads: threads, backgroundThreads: threads)
    }

    private static func next(_ queue: inout Queue, _ lane: WorkLane = .background, now: Int64 = 0) -> Queue.Start? {
        var demoted = 0
        return queue.next(in: lane, now: now, demoted: &demoted)
    }

    /// Keys with a constant backlog get the same time, within a quantum and a piece each, whatever the cost of their pieces.
    @Test(arguments: 0..<30 as Range<UInt64>) func keysGetTheSameTime(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        let keys = Int.random(in: 2...6, using: &rng)
        let isEqual = seed % 2 == 0
        let costs = (0..<keys).map { _ in isEqual ? Self.millisecond : Int64.random(in: 100_000...20_000_000, using: &rng) }
        var queue = Queue(limits: Self.limits())
        var (id, now) = (UInt64(0), Int64(0))
        func add(_ key: Int) {
            id += 1
            #expect(queue.arrive(id, Int(id), key: key, kind: .long, now: now) == .background)
        }
        for key in 0..<keys { for _ in 0..<Int.random(in: 1...5, using: &rng) { add(key) } }
        var spent = [Int64](repeating: 0, count: keys)
        for _ in 0..<2_000 {
            guard let start = Self.next(&queue, now: now) else { break }
            now += costs[start.key]
            spent[start.key] += costs[start.key]
            queue.finish(start.id, key: start.key, lane: .background, cost: costs[start.key], now: now)
            add(start.key)
        }
        let bound = queue.limits.quantum + 2 * (costs.max() ?? 0)
        #expect((spent.max() ?? 0) - (spent.min() ?? 0) <= bound, "seed \(seed): \(spent)")
    }

    /// Compares random arrivals, removals, starts and ends on several threads with a dictionary of pending work.
    @Test(arguments: 0..<60 as Range<UInt64>) func everyPieceStartsOnceOrIsRemoved(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        let threads = Int.random(in: 1...4, using: &rng)
        var queue = Queue(limits: Self.limits(threads: threads))
        var waiting: [UInt64: Int] = [:]
        var running: [(start: Queue.Start, lane: WorkLane)] = []
        var (id, now) = (UInt64(0), Int64(0))
        func step(_ choice: Int) {
            now += Int64.random(in: 0...3_000_000, using: &rng)
            switch choice {
            case 0...3:
                id += 1
                let key = Int.random(in: 0...5, using: &rng)
                if queue.arrive(id, Int(id), key: key, kind: Bool.random(using: &rng) ? .brief : .long, now: now) != nil {
                    waiting[id] = key
                }
            case 4:
                guard let chosen = waiting.keys.sorted().randomElement(using: &rng) else { return }
                #expect(queue.remove(chosen) == Int(chosen), "seed \(seed)")
                #expect(queue.remove(chosen) == nil)
                waiting[chosen] = nil
            case 5...7:
                let lane: WorkLane = Bool.random(using: &rng) ? .foreground : .background
                guard running.count(where: { $0.lane == lane }) < threads, let start = Self.next(&queue, lane, now: now) else { return }
                #expect(waiting.removeValue(forKey: start.id) == start.key && start.piece == Int(start.id), "seed \(seed)")
                running.append((start, lane))
                let own = running.count { $0.start.key == start.key && $0.lane == lane }
                #expect(own <= max(1, threads - 1), "seed \(seed): one key must not use all threads")
            default:
                guard !running.isEmpty else { return }
                let (start, lane) = running.remove(at: Int.random(in: 0..<running.count, using: &rng))
                queue.finish(start.id, key: start.key, lane: lane, cost: Int64.random(in: 0...30_000_000, using: &rng), now: now)
            }
            #expect(queue.waiting == waiting.count, "seed \(seed)")
        }
        for _ in 0..<1_500 { step(Int.random(in: 0...9, using: &rng)) }
        // The remaining work completes: there is no starvation.
        var idle = 0
        while !waiting.isEmpty || !running.isEmpty, idle < 20_000 {
            idle += 1
            step(idle % 2 == 0 ? 9 : 5)
        }
        #expect(waiting.isEmpty && running.isEmpty && queue.waiting == 0, "seed \(seed): \(waiting.count) left")
    }

    /// A key with occasional work is served before one that floods the queue.
    @Test func floodDelaysAnotherKeyByAtMostAQuantum() {
        var queue = Queue(limits: Self.limits())
        for id in 1...1_000 { _ = queue.arrive(UInt64(id), id, key: 1, kind: .long, now: 0) }
        var now: Int64 = 0
        for round in 0..<50 {
            for _ in 0..<20 {
                guard let start = Self.next(&queue, now: now) else { return }
                now += Self.millisecond
                queue.finish(start.id, key: start.key, lane: .background, cost: Self.millisecond, now: now)
            }
            _ = queue.arrive(UInt64(10_000 + round), 0, key: 2, kind: .long, now: now)
            var before = 0
            while let start = Self.next(&queue, now: now) {
                now += Self.millisecond
                queue.finish(start.id, key: start.key, lane: .background, cost: Self.millisecond, now: now)
                if start.key == 2 { break }
                before += 1
            }
            #expect(before <= 3, "round \(round)")
            if queue.waiting(of: 1) < 40 {
                for id in 0..<100 { _ = queue.arrive(UInt64(20_000 + 100 * round + id), 0, key: 1, kind: .long, now: now) }
            }
        }
    }

    /// A key that uses much time while another is active moves to the background, with its waiting work; without contention it does not.
    @Test func heavyKeyIsDemotedOnlyWhenAnotherIsActive() {
        for isContended in [false, true] {
            var queue = Queue(limits: Self.limits(threads: 3))
            for id in 1...10 { #expect(queue.arrive(UInt64(id), id, key: 1, kind: .brief, now: 0) == .foreground) }
            var demoted = 0
            guard let start = queue.next(in: .foreground, now: 0, demoted: &demoted) else {
                Issue.record("no work to start")
                return
            }
            if isContended { #expect(queue.arrive(100, 0, key: 2, kind: .brief, now: 0) == .foreground) }
            queue.finish(start.id, key: start.key, lane: .foreground, cost: 400 * Self.millisecond, now: Self.millisecond)
            #expect(queue.isHeavy(1, now: Self.millisecond) == isContended)
            #expect(!queue.isHeavy(2, now: Self.millisecond))
            let next = queue.next(in: .foreground, now: Self.millisecond, demoted: &demoted)
            #expect(next?.key == (isContended ? 2 : 1))
            #expect(demoted == (isContended ? 9 : 0))
            #expect(queue.arrive(200, 0, key: 1, kind: .brief, now: 2 * Self.millisecond) == (isContended ? .background : .foreground))
            // Usage of long ago no longer counts.
            #expect(!queue.isHeavy(1, now: 20_000 * Self.millisecond))
        }
    }

    @Test func runningPieceCountsBeforeItEnds() {
        var queue = Queue(limits: Self.limits(threads: 3))
        _ = queue.arrive(1, 1, key: 1, kind: .brief, now: 0)
        #expect(Self.next(&queue, .foreground)?.id == 1)
        _ = queue.arrive(2, 2, key: 2, kind: .brief, now: 150 * Self.millisecond)
        #expect(queue.isHeavy(1, now: 200 * Self.millisecond) && !queue.isHeavy(2, now: 200 * Self.millisecond))
    }

    @Test func waitingPiecesAreBoundedInTotalAndPerKey() {
        var queue = Queue(limits: Self.limits(waiting: 8))
        let taken = (1...10).count { queue.arrive(UInt64($0), $0, key: 1, kind: .brief, now: 0) != nil }
        #expect(taken == 6)
        #expect((11...20).count { queue.arrive(UInt64($0), $0, key: 2, kind: .brief, now: 0) != nil } == 2)
        // Work that was admitted elsewhere is never rejected.
        #expect(queue.arrive(30, 30, key: 1, kind: .brief, isBounded: false, now: 0) != nil)
    }

    /// Keys that are no longer used take no memory.
    @Test func unusedKeysAreRemoved() {
        var queue = Queue(limits: Self.limits())
        for key in 0..<10_000 {
            let now = Int64(key) * 100 * Self.millisecond
            _ = queue.arrive(UInt64(key), 0, key: key, kind: .brief, now: now)
            guard let start = Self.next(&queue, .foreground, now: now) else { continue }
            queue.finish(start.id, key: key, lane: .foreground, cost: Self.millisecond, now: now)
        }
        #expect(queue.keys < 300)
    }

    /// A key cannot lose its debt by a break in which unused keys are removed, unless the break is long.
    @Test(arguments: [(10, true), (60, false)]) func debtOutlastsABreak(seconds: Int64, isKept: Bool) {
        var queue = Queue(limits: Self.limits())
        func run(_ id: UInt64, key: Int, cost: Int64, at now: Int64) {
            _ = queue.arrive(id, 0, key: key, kind: .long, now: now)
            guard let start = Self.next(&queue, now: now) else { return }
            queue.finish(start.id, key: start.key, lane: .background, cost: cost, now: now)
        }
        run(1, key: 1, cost: 900 * Self.millisecond, at: 0)
        let now = 1_000 * seconds * Self.millisecond
        for id in 2...200 as ClosedRange<UInt64> { run(id, key: Int(id), cost: 0, at: now) }
        for id in 300...309 as ClosedRange<UInt64> { _ = queue.arrive(id, 0, key: 1, kind: .long, now: now) }
        for id in 310...319 as ClosedRange<UInt64> { _ = queue.arrive(id, 0, key: 2, kind: .long, now: now) }
        var served: [Int] = []
        for _ in 0..<10 {
            guard let start = Self.next(&queue, now: now) else { break }
            served.append(start.key)
            queue.finish(start.id, key: start.key, lane: .background, cost: Self.millisecond, now: now)
        }
        #expect(served.contains(1) != isKept, "\(served)")
    }
}
