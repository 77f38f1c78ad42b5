import Completions
import Testing
import TestSupport

@Suite(.timeLimit(.minutes(10))) struct RoutingTurnTests {
    /// A reference implementation of the same rules with plain lists.
    private struct Reference {
        let concurrency: Int
        let room: Int
        var running: [(id: UInt64, caller: ChatCaller)] = []
        var waiting: [(id: UInt64, caller: ChatCaller)] = []
        var order: [ChatCaller: Int] = [:]
        var step = 0

        func held(_ caller: ChatCaller) -> Int { running.count { $0.caller == caller } }

        mutating func turn(_ caller: ChatCaller) {
            step += 1
            order[caller] = step
        }

        mutating func arrive(_ id: UInt64, _ caller: ChatCaller) -> TurnLine.Arrival {
            guard running.count == concurrency else {
                running.append((id, caller))
                turn(caller)
                return .start
            }
            let own = waiting.count { $0.caller == caller }
            let others = waiting.count - own
            guard waiting.count < room, own + 1 <= max(1, (room - others) / 2) else { return .full }
            if own == 0 && held(caller) == 0 { turn(caller) }
            waiting.append((id, caller))
            return .wait
        }

        mutating func leave(_ id: UInt64) -> UInt64? {
            running.removeAll { $0.id == id }
            let next = waiting.indices.min { a, b in
                let (left, right) = (waiting[a].caller, waiting[b].caller)
                return (held(left), order[left] ?? 0, a) < (held(right), order[right] ?? 0, b)
            }
            guard let next else { return nil }
            let request = waiting.remove(at: next)
            running.append(request)
            turn(request.caller)
            return request.id
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func turnsAreThoseOfTheRules(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let (concurrency, room) = (Int.random(in: 1...5, using: &rng), Int.random(in: 0...20, using: &rng))
        var line = TurnLine(concurrency: concurrency, room: room)
        var reference = Reference(concurrency: concurrency, room: room)
        let callers = (0..<6).map { ChatCaller.test("\($0)") }
        for id in 0..<3000 as Range<UInt64> {
            switch Int.random(in: 0..<10, using: &rng) {
            case 0..<5:
                // One caller sends about as many requests as all others together.
                let caller = try #require(Bool.random(using: &rng) ? callers[0] : callers.randomElement(using: &rng))
                #expect(line.arrive(id, caller) == reference.arrive(id, caller), "seed \(seed), step \(id)")
            case 5..<9:
                guard let ended = reference.running.randomElement(using: &rng) else { continue }
                #expect(line.leave(ended.caller) == reference.leave(ended.id), "seed \(seed), step \(id)")
            default:
                guard let place = reference.waiting.indices.randomElement(using: &rng) else { continue }
                let gone = reference.waiting.remove(at: place)
                #expect(line.forget(gone.id, gone.caller) && !line.forget(gone.id, gone.caller), "seed \(seed), step \(id)")
            }
            #expect(line.running == reference.running.count && line.waiting == reference.waiting.count, "seed \(seed), step \(id)")
            #expect(line.running == concurrency || line.waiting == 0, "seed \(seed): no request may wait while there is room")
        }
        while let ended = reference.running.first { #expect(line.leave(ended.caller) == reference.leave(ended.id), "seed \(seed)") }
        #expect(line.running == 0 && line.waiting == 0 && line.leave(callers[0]) == nil)
    }

    @Test func whoAsksMuchDoesNotHoldUpTheOthers() {
        var line = TurnLine(concurrency: 1, room: 100)
        let (many, few) = (ChatCaller.test("many"), ChatCaller.test("few"))
        #expect(line.arrive(0, many) == .start)
        for id in 1...60 as ClosedRange<UInt64> { _ = line.arrive(id, many) }
        #expect(line.waiting == 50, "one caller may use at most half of the queue")
        for id in 100...102 as ClosedRange<UInt64> { #expect(line.arrive(id, few) == .wait) }
        // Round-robin from the moment both callers wait.
        var started: [UInt64] = []
        var running = many
        for _ in 0..<7 {
            guard let id = line.leave(running) else { break }
            started.append(id)
            running = id >= 100 ? few : many
        }
        #expect(started == [1, 100, 2, 101, 3, 102, 4] || started == [100, 1, 101, 2, 102, 3, 4], "\(started)")
    }

    @Test func aQueueWithoutCapacityIsFull() {
        var line = TurnLine(concurrency: 2, room: 0)
        let caller = ChatCaller.test("a")
        #expect(line.arrive(0, caller) == .start && line.arrive(1, caller) == .start && line.arrive(2, caller) == .full)
        #expect(line.leave(caller) == nil && line.arrive(3, caller) == .start)
        var single = TurnLine(concurrency: 1, room: 1)
        #expect(single.arrive(0, caller) == .start && single.arrive(1, caller) == .wait && single.arrive(2, caller) == .full)
    }
}
