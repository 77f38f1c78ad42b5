import Embeddings
import TestSupport
import Testing

/// The pending requests and their waiters, as a plain value whose waiters are names.
@Suite(.timeLimit(.minutes(10))) struct PendingRequestsTests {
    private static let key = QueryKey(caller: EmbeddingCaller("a"), tokens: [1, 2])

    private static func pending() -> PendingRequests<String> {
        var pending = PendingRequests<String>(dimension: 2)
        pending.add(1, "first", [[1, 2]], key: key)
        return pending
    }

    private static func item(_ request: UInt64, _ sequence: Int = 0) -> EncodeQueue.Item { .init(request: request, sequence: sequence) }

    @Test func identicalRequestJoins() {
        var pending = Self.pending()
        let joins = pending.join(2, "second", key: Self.key)
        #expect(joins)
        let done = pending.deliver([3, 4], to: Self.item(1))
        #expect(done?.vectors == [3, 4] && done?.key == Self.key && Set(done?.waiters ?? []) == ["first", "second"])
        #expect(pending.isEmpty)
        let joinsAgain = pending.join(3, "third", key: Self.key)
        #expect(!joinsAgain, "a completed request cannot be joined")
    }

    @Test func anotherCallerDoesNotJoin() {
        var pending = Self.pending()
        let joins = pending.join(2, "second", key: QueryKey(caller: EmbeddingCaller("b"), tokens: [1, 2]))
        #expect(!joins)
    }

    @Test func otherWaitersStayWhenOneLeaves() {
        var pending = Self.pending()
        _ = pending.join(2, "second", key: Self.key)
        _ = pending.join(3, "third", key: Self.key)
        let first = pending.leave(1)
        #expect(first?.waiter == "first" && first?.abandoned == nil)
        let again = pending.leave(1)
        #expect(again == nil, "a waiter can leave only once")
        let third = pending.leave(3)
        #expect(third?.waiter == "third" && third?.abandoned == nil)
        #expect(pending.tokens(of: Self.item(1)) == [1, 2])
        let done = pending.deliver([3, 4], to: Self.item(1))
        #expect(done?.waiters == ["second"])
        #expect(pending.isEmpty)
    }

    @Test func lastWaiterToLeaveEndsTheRequest() {
        var pending = Self.pending()
        _ = pending.join(2, "second", key: Self.key)
        _ = pending.leave(1)
        let second = pending.leave(2)
        #expect(second?.waiter == "second" && second?.abandoned == 1)
        #expect(pending.isEmpty && pending.tokens(of: Self.item(1)) == nil)
        let late = pending.deliver([3, 4], to: Self.item(1))
        #expect(late == nil, "a running batch is delivered too late")
        // A later request starts again, while the old batch may still be running.
        pending.add(3, "third", [[1, 2]], key: Self.key)
        let later = pending.deliver([3, 4], to: Self.item(1))
        #expect(later == nil)
        let done = pending.deliver([5, 6], to: Self.item(3))
        #expect(done?.vectors == [5, 6])
    }

    @Test func sequencesAreDeliveredInAnyOrder() {
        var pending = PendingRequests<String>(dimension: 1)
        pending.add(1, "one", [[1], [2], [3]], key: nil)
        let steps = [(2, 30), (0, 10), (1, 20)].map { pending.deliver([Float($0.1)], to: Self.item(1, $0.0))?.vectors }
        #expect(steps == [nil, nil, [10, 20, 30]])
    }

    @Test func removeAllReturnsEveryWaiter() {
        var pending = Self.pending()
        _ = pending.join(2, "second", key: Self.key)
        pending.add(3, "third", [[1], [2]], key: nil)
        _ = pending.deliver([1, 1], to: Self.item(3, 0))
        let all = pending.removeAll()
        #expect(all.sorted() == ["first", "second", "third"])
        let late = pending.leave(2)
        #expect(pending.isEmpty && late == nil)
    }

    @Test func removeReturnsTheWaitersOfOneRequest() {
        var pending = Self.pending()
        _ = pending.join(2, "second", key: Self.key)
        pending.add(3, "third", [[1]], key: nil)
        let removed = pending.remove(1)
        #expect(Set(removed) == ["first", "second"])
        let again = pending.remove(1)
        let late = pending.deliver([3, 4], to: Self.item(1))
        let joins = pending.join(4, "fourth", key: Self.key)
        #expect(again.isEmpty && late == nil && !joins)
        let left = pending.leave(2)
        let done = pending.deliver([5, 6], to: Self.item(3))
        #expect(left == nil && done?.waiters == ["third"] && pending.isEmpty)
    }

    /// Compares random arrivals, departures and deliveries with a table of waiters and their texts.
    @Test(arguments: 0..<30 as Range<UInt64>) func everyWaiterIsAnsweredOnce(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        var pending = PendingRequests<UInt64>(dimension: 1)
        var textOf: [UInt64: Int32] = [:]  // by waiter
        var running: [UInt64: Int32] = [:]  // by request, including abandoned ones
        for step in 0..<500 {
            let id = UInt64(step + 1)
            switch Int.random(in: 0..<4, using: &rng) {
            case 0, 1:
                let text = Int32.random(in: 0..<6, using: &rng)
                let key = QueryKey(caller: .anonymous, tokens: [text])
                let isRunning = running.contains { $0.value == text && pending.tokens(of: Self.item($0.key)) != nil }
                let joins = pending.join(id, id, key: key)
                #expect(joins == isRunning, "seed \(seed), step \(step)")
                if !joins {
                    pending.add(id, id, [[text]], key: key)
                    running[id] = text
                }
                textOf[id] = text
            case 2:
                let waiter = textOf.keys.sorted().randomElement(using: &rng) ?? 0
                let left = pending.leave(waiter)
                #expect(left?.waiter == (waiter == 0 ? nil : waiter), "seed \(seed), step \(step)")
                let text = textOf.removeValue(forKey: waiter)
                #expect((left?.abandoned != nil) == (text != nil && !textOf.values.contains(text ?? -1)), "seed \(seed), step \(step)")
            default:
                guard let request = running.keys.sorted().randomElement(using: &rng), let text = running.removeValue(forKey: request)
                else { continue }
                let isAwaited = pending.tokens(of: Self.item(request)) != nil
                let done = pending.deliver([Float(text)], to: Self.item(request))
                #expect((done != nil) == isAwaited, "seed \(seed), step \(step)")
                guard let done else { continue }
                #expect(done.vectors == [Float(text)])
                #expect(Set(done.waiters) == Set(textOf.filter { $0.value == text }.keys), "seed \(seed), step \(step)")
                for waiter in done.waiters { textOf[waiter] = nil }
            }
        }
        let rest = pending.removeAll()
        #expect(rest.sorted() == textOf.keys.sorted(), "seed \(seed)")
    }
}
