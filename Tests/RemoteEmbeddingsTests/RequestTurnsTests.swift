import Embeddings
import RemoteEmbeddings
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct RequestTurnsTests {
    @Test func oneOfSeveralPlacesIsKeptForQueries() {
        var turns = RequestTurns(width: 3)
        #expect((0..<3).map { turns.arrive($0, caller: .anonymous, kind: .passage) } == [.start, .start, .wait])
        #expect(turns.arrive(10, caller: .anonymous, kind: .query) == .start)
        #expect(turns.arrive(11, caller: .anonymous, kind: .query) == .wait)
        #expect(turns.leave(.passage) == [11])
        // A waiting passage starts as soon as its kind has a free slot.
        #expect(turns.leave(.query) == [2])
        #expect(turns.runningCount == 3 && turns.waitingCount == 0)
    }

    @Test func aSinglePlaceServesBoth() {
        var turns = RequestTurns(width: 1)
        #expect(turns.arrive(1, caller: .anonymous, kind: .passage) == .start)
        #expect(turns.arrive(2, caller: .anonymous, kind: .passage) == .wait)
        #expect(turns.arrive(3, caller: .anonymous, kind: .query) == .wait)
        #expect(turns.leave(.passage) == [3])
        #expect(turns.leave(.query) == [2])
        #expect(turns.leave(.passage) == [])
    }

    @Test func callersTakeTurns() {
        var turns = RequestTurns(width: 1)
        let (many, few) = (EmbeddingCaller("many"), EmbeddingCaller("few"))
        _ = turns.arrive(0, caller: many, kind: .passage)
        for ticket in 1...6 { _ = turns.arrive(UInt64(ticket), caller: many, kind: .passage) }
        for ticket in 7...8 { _ = turns.arrive(UInt64(ticket), caller: few, kind: .passage) }
        #expect((0..<8).flatMap { _ in turns.leave(.passage) } == [1, 7, 2, 8, 3, 4, 5, 6])
    }

    @Test func nobodyCanFillTheRoom() {
        var turns = RequestTurns(width: 1, room: 100)
        _ = turns.arrive(0, caller: .anonymous, kind: .passage)
        var taken: [Int] = []
        for caller in 0..<4 {
            var count = 0
            while turns.arrive(UInt64(1000 * caller + count + 1), caller: EmbeddingCaller("c\(caller)"), kind: .passage) == .wait {
                count += 1
            }
            taken.append(count)
        }
        #expect(taken == [50, 25, 12, 6])
        #expect(turns.arrive(9999, caller: EmbeddingCaller("c0"), kind: .query) == .wait, "queries must have a queue of their own")
    }

    @Test func closedMeansClosed() {
        var turns = RequestTurns(width: 1)
        _ = turns.arrive(1, caller: .anonymous, kind: .query)
        _ = turns.arrive(2, caller: .anonymous, kind: .query)
        turns.close()
        #expect(turns.arrive(3, caller: .anonymous, kind: .query) == .closed && turns.leave(.query) == [])
    }

    /// In any order of arrivals, completions and cancellations, the limits hold and every request starts at most once and is not lost.
    @Test(arguments: 0..<40) func anyOrderOfEvents(seed: Int) {
        var rng = SplitMix64(seed: UInt64(seed))
        let width = Int.random(in: 1...5, using: &rng)
        var turns = RequestTurns(width: width, room: 50)
        var waiting: [UInt64: (caller: EmbeddingCaller, kind: RequestTurns.Kind)] = [:]
        var running: [UInt64: RequestTurns.Kind] = [:]
        for ticket in UInt64(1)...600 {
            switch Int.random(in: 0..<10, using: &rng) {
            case 0..<5:
                let caller = EmbeddingCaller("c\(Int.random(in: 0..<4, using: &rng))")
                let kind: RequestTurns.Kind = Bool.random(using: &rng) ? .query : .passage
                switch turns.arrive(ticket, caller: caller, kind: kind) {
                case .start: running[ticket] = kind
                case .wait: waiting[ticket] = (caller, kind)
                case .full: #expect(!waiting.isEmpty)
                case .closed: Issue.record("closed")
                }
            case 5..<9:
                guard let (ended, kind) = running.min(by: { $0.key < $1.key }) else { continue }
                running[ended] = nil
                for started in turns.leave(kind) {
                    let request = waiting.removeValue(forKey: started)
                    #expect(request != nil, "seed \(seed): \(started) was not waiting")
                    running[started] = request?.kind
                }
            default:
                guard let (gone, request) = waiting.min(by: { $0.key < $1.key }) else { continue }
                waiting[gone] = nil
                let removals = (0..<2).map { _ in turns.remove(gone, caller: request.caller, kind: request.kind) }
                #expect(removals == [true, false])
            }
            let passages = running.values.filter { $0 == .passage }.count
            #expect(running.count <= width && passages <= max(1, width - 1), "seed \(seed)")
            #expect(turns.runningCount == running.count && turns.waitingCount == waiting.count, "seed \(seed)")
            #expect(
                running.count == width || !waiting.values.contains { $0.kind == .query }, "seed \(seed): a query waits but a slot is free")
        }
    }
}
