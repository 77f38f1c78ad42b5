import Scheduling
import TestSupport
import Testing
import Workers

@Suite struct ExtractionTurnsTests {
    private let a = WorkKey("a")
    private let b = WorkKey("b")

    private func turns(clientLimit: Int = 10, queueLimit: Int = 100, _ arrivals: [(UInt64, String)]) -> ExtractionTurns<UInt64> {
        var turns = ExtractionTurns<UInt64>(clientLimit: clientLimit, queueLimit: queueLimit)
        for (id, key) in arrivals { _ = turns.arrive(id, id, for: WorkKey(key)) }
        return turns
    }

    private func order(_ turns: ExtractionTurns<UInt64>, continuing: Bool = false) -> [UInt64] {
        var (turns, order, last) = (turns, [UInt64](), WorkKey?.none)
        while let (key, job) = turns.next(continuing: continuing ? last : nil) {
            order.append(job)
            last = key
            turns.finish(key)
        }
        return order
    }

    @Test func clientsTakePartRoundRobin() {
        let turns = turns([(1, "a"), (2, "a"), (3, "a"), (4, "b"), (5, "c"), (6, "b")])
        #expect(order(turns) == [1, 4, 5, 2, 6, 3])
    }

    @Test func aTurnContinuesWithItsClient() {
        #expect(order(turns([(1, "a"), (2, "b"), (3, "a"), (4, "b")]), continuing: true) == [1, 3, 2, 4])
    }

    @Test func aClientNeverHasMoreThanItsLimit() {
        var turns = turns(clientLimit: 2, [(1, "a"), (2, "a"), (3, "a"), (4, "b")])
        #expect(turns.next(continuing: a)?.job == 1)
        #expect(turns.next(continuing: a)?.job == 2)
        #expect(turns.next(continuing: a)?.job == 4)
        #expect(turns.next(continuing: a) == nil)
        turns.finish(a)
        #expect(turns.next(continuing: nil)?.job == 3)
        #expect(turns.waiting == 0)
    }

    @Test func aRemovedDocumentIsNotRead() {
        var turns = turns([(1, "a"), (2, "b"), (3, "a")])
        #expect(turns.remove(1, of: a) == 1)
        #expect(turns.remove(1, of: a) == nil)
        #expect(turns.remove(2, of: b) == 2)
        #expect(turns.waiting == 1)
        #expect(order(turns) == [3])
    }

    @Test func aFullQueueAcceptsNothing() {
        var turns = turns(queueLimit: 2, [(1, "a"), (2, "b"), (3, "a")])
        #expect(turns.waiting == 2)
        _ = turns.next(continuing: nil)
        let isAccepted = turns.arrive(4, 4, for: b)
        #expect(isAccepted)
    }

    /// Against a list that is searched: random arrivals, starts, ends and removals never lose, repeat or reorder a client's documents.
    @Test func agreesWithAModel() {
        var random = SplitMix64(seed: 2026)
        var turns = ExtractionTurns<UInt64>(clientLimit: 2, queueLimit: 50)
        var (waiting, running) = ([(id: UInt64, key: WorkKey)](), [WorkKey]())
        let keys = ["a", "b", "c"].map { WorkKey($0) }
        for id in 1...20_000 as ClosedRange<UInt64> {
            switch random.next() % 4 {
            case 0, 1:
                let key = keys[Int(random.next() % 3)]
                let isAccepted = turns.arrive(id, id, for: key)
                #expect(isAccepted == (waiting.count < 50))
                if isAccepted { waiting.append((id, key)) }
            case 2:
                guard let (key, job) = turns.next(continuing: keys[Int(random.next() % 3)]) else {
                    #expect(waiting.allSatisfy { entry in running.count { $0 == entry.key } >= 2 })
                    continue
                }
                #expect(waiting.first { $0.key == key }?.id == job)
                waiting.removeAll { $0.id == job }
                running.append(key)
                #expect(running.count { $0 == key } <= 2)
            default:
                if let key = running.popLast() { turns.finish(key) }
                if let entry = waiting.last, random.next() % 8 == 0 {
                    #expect(turns.remove(entry.id, of: entry.key) == entry.id)
                    waiting.removeLast()
                }
            }
            #expect(turns.waiting == waiting.count)
        }
    }
}
