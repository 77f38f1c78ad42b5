import Scheduling
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct SlotQueueTests {
    private typealias Ticket = SlotQueue<String>.Ticket

    @Test func oneOfSeveralSlotsIsReservedForInteractiveRequests() {
        var queue = SlotQueue<String>(slots: 3, capacity: 100)
        #expect((0..<3).map { queue.arrive($0, "a", .background) } == [.start, .start, .wait])
        #expect(queue.arrive(10, "a", .interactive) == .start)
        #expect(queue.arrive(11, "a", .interactive) == .wait)
        #expect(queue.leave("a", .background) == [11])
        // A waiting background request starts as soon as its priority has a free slot.
        #expect(queue.leave("a", .interactive) == [2])
        #expect(queue.running == 3 && queue.waiting == 0)
    }

    @Test func aSingleSlotServesBoth() {
        var queue = SlotQueue<String>(slots: 1, capacity: 100)
        #expect(queue.arrive(1, "a", .background) == .start)
        #expect(queue.arrive(2, "a", .background) == .wait)
        #expect(queue.arrive(3, "a", .interactive) == .wait)
        #expect(queue.leave("a", .background) == [3])
        #expect(queue.leave("a", .interactive) == [2])
        #expect(queue.leave("a", .background) == [] && queue.leave("a", .background) == [])
    }

    @Test func callersAreServedRoundRobin() {
        var queue = SlotQueue<String>(slots: 1, capacity: 100)
        _ = queue.arrive(0, "many", .background)
        for ticket in 1...6 as ClosedRange<Ticket> { _ = queue.arrive(ticket, "many", .background) }
        for ticket in 7...8 as ClosedRange<Ticket> { _ = queue.arrive(ticket, "few", .background) }
        var (running, started) = ("many", [Ticket]())
        while let ticket = queue.leave(running, .background).first {
            started.append(ticket)
            running = ticket > 6 ? "few" : "many"
        }
        #expect(started.count == 8 && Set(started.prefix(4)) == [1, 2, 7, 8], "\(started)")
        #expect(started.filter { $0 <= 6 } == [1, 2, 3, 4, 5, 6], "within a caller, first come, first served")
    }

    @Test func aCallerThatHoldsFewerSlotsIsServedFirst() {
        var queue = SlotQueue<String>(slots: 3, capacity: 100)
        #expect((0..<2).map { queue.arrive($0, "busy", .interactive) } == [.start, .start])
        #expect(queue.arrive(2, "other", .interactive) == .start)
        for ticket in 10...12 as ClosedRange<Ticket> { _ = queue.arrive(ticket, "busy", .interactive) }
        for ticket in 20...22 as ClosedRange<Ticket> { _ = queue.arrive(ticket, "other", .interactive) }
        #expect(queue.leave("other", .interactive) == [20])
        // Now both hold one slot, and "busy" has been served less since "other" joined.
        #expect(queue.leave("busy", .interactive) == [10])
    }

    @Test func noCallerCanFillTheQueue() {
        var queue = SlotQueue<String>(slots: 1, capacity: 100)
        _ = queue.arrive(0, "c0", .background)
        let taken = (0..<4).map { caller in
            (1...200).prefix { queue.arrive(Ticket(1000 * caller + $0), "c\(caller)", .background) == .wait }.count
        }
        #expect(taken == [50, 25, 12, 6])
        #expect(queue.arrive(9999, "c0", .interactive) == .wait, "each priority has a queue of its own")
    }

    @Test func aQueueWithoutCapacityIsFull() {
        var queue = SlotQueue<String>(slots: 2, capacity: 0)
        #expect((0..<3).map { queue.arrive($0, "a", .interactive) } == [.start, .start, .full])
        #expect(queue.leave("a", .interactive) == [] && queue.arrive(3, "a", .interactive) == .start)
        var single = SlotQueue<String>(slots: 1, capacity: 1)
        #expect((0..<3).map { single.arrive($0, "a", .interactive) } == [.start, .wait, .full])
    }

    @Test func aClosedQueueStartsNothing() {
        var queue = SlotQueue<String>(slots: 1, capacity: 10)
        _ = (1...2).map { queue.arrive($0, "a", .interactive) }
        queue.close()
        #expect(queue.arrive(3, "a", .interactive) == .closed && queue.waiting == 0 && queue.leave("a", .interactive) == [])
    }

    /// The same rules over plain lists.
    private struct Reference {
        struct Request {
            let ticket: Ticket
            let caller: String
            let priority: RequestPriority
        }

        let slots: Int
        let capacity: Int
        var running: [Request] = []
        var waiting: [Request] = []
        /// Per priority and caller: what it was served, and when it joined.
        var served: [RequestPriority: [String: (cost: Int, joined: Int)]] = [:]
        var joins = 0

        func hasSlot(_ priority: RequestPriority) -> Bool {
            running.count < slots && (priority == .interactive || running.count { $0.priority == .background } < max(1, slots - 1))
        }

        mutating func join(_ request: Request) {
            guard served[request.priority, default: [:]][request.caller] == nil else { return }
            joins += 1
            served[request.priority, default: [:]][request.caller] =
                (served[request.priority]?.values.map(\.cost).min() ?? 0, joins)
        }

        mutating func start(_ request: Request) {
            join(request)
            running.append(request)
            served[request.priority]?[request.caller]?.cost += 1
        }

        /// Forgets callers that neither hold a slot nor wait.
        mutating func tidy() {
            for priority in RequestPriority.allCases {
                let active = Set((running + waiting).filter { $0.priority == priority }.map(\.caller))
                served[priority] = served[priority]?.filter { active.contains($0.key) }
            }
        }

        mutating func arrive(_ request: Request) -> SlotQueue<String>.Admission {
            let queued = waiting.filter { $0.priority == request.priority }
            if queued.isEmpty, hasSlot(request.priority) {
                start(request)
                return .start
            }
            let own = queued.count { $0.caller == request.caller }
            let isAdmitted =
                queued.isEmpty ? capacity > 0 : queued.count < capacity && own + 1 <= max(1, (capacity - queued.count + own) / 2)
            guard isAdmitted else { return .full }
            join(request)
            waiting.append(request)
            return .wait
        }

        mutating func leave(_ ticket: Ticket) -> [Ticket] {
            running.removeAll { $0.ticket == ticket }
            tidy()
            var started: [Ticket] = []
            for priority in RequestPriority.allCases {
                while hasSlot(priority), let next = next(priority) {
                    start(waiting.remove(at: next))
                    started.append(running.last?.ticket ?? 0)
                }
            }
            return started
        }

        private func next(_ priority: RequestPriority) -> Int? {
            waiting.indices.filter { waiting[$0].priority == priority }.min { rank($0) < rank($1) }
        }

        private func rank(_ index: Int) -> (Int, Int, Int, Int) {
            let request = waiting[index]
            let held = running.count { $0.caller == request.caller && $0.priority == request.priority }
            let share = served[request.priority]?[request.caller] ?? (0, 0)
            return (held, share.cost, share.joined, index)
        }
    }

    /// In any order of arrivals, ends and cancellations, the queue follows the rules, and no request is lost or started twice.
    @Test(arguments: 0..<40 as Range<UInt64>) func randomEventsMatchTheReference(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let (slots, capacity) = (Int.random(in: 1...5, using: &rng), Int.random(in: 0...40, using: &rng))
        var queue = SlotQueue<String>(slots: slots, capacity: capacity)
        var reference = Reference(slots: slots, capacity: capacity)
        for ticket in 1...2000 as ClosedRange<Ticket> {
            switch Int.random(in: 0..<10, using: &rng) {
            case 0..<5:
                // One caller sends about as many requests as all others together.
                let caller = Bool.random(using: &rng) ? "0" : "\(Int.random(in: 0..<6, using: &rng))"
                let request = Reference.Request(
                    ticket: ticket, caller: caller, priority: Bool.random(using: &rng) ? .interactive : .background)
                #expect(
                    queue.arrive(ticket, caller, request.priority) == reference.arrive(request), "seed \(seed), step \(ticket)")
            case 5..<9:
                guard let ended = reference.running.randomElement(using: &rng) else { continue }
                #expect(queue.leave(ended.caller, ended.priority) == reference.leave(ended.ticket), "seed \(seed), step \(ticket)")
            default:
                guard let place = reference.waiting.indices.randomElement(using: &rng) else { continue }
                let gone = reference.waiting.remove(at: place)
                reference.tidy()
                #expect(queue.remove(gone.ticket, gone.caller, gone.priority) && !queue.remove(gone.ticket, gone.caller, gone.priority))
            }
            #expect(queue.running == reference.running.count && queue.waiting == reference.waiting.count, "seed \(seed), step \(ticket)")
            #expect(
                queue.running == slots || !reference.waiting.contains { $0.priority == .interactive },
                "seed \(seed): an interactive request waits but a slot is free")
        }
        while let ended = reference.running.first {
            #expect(queue.leave(ended.caller, ended.priority) == reference.leave(ended.ticket), "seed \(seed)")
        }
        #expect(queue.running == 0 && queue.waiting == 0)
    }
}

@Suite(.timeLimit(.minutes(10))) struct ConcurrencyLimiterTests {
    @Test func slotIsFreeAfterItsRelease() async throws {
        let limiter = ConcurrencyLimiter<String>(slots: 1, capacity: 4)
        var slot: ConcurrencySlot? = try await limiter.slot(for: "a")
        #expect(limiter.running == 1)
        slot?.release()
        slot?.release()
        #expect(limiter.running == 0)
        slot = try await limiter.slot(for: "a")
        #expect(limiter.running == 1)
        slot = nil
        #expect(limiter.running == 0)
    }

    @Test func fullQueueRejectsWithARetryTime() async throws {
        let limiter = ConcurrencyLimiter<String>(slots: 1, capacity: 0)
        let slot = try await limiter.slot(for: "a")
        await #expect(throws: ConcurrencyRefusal.full(retryAfterSeconds: 1)) { try await limiter.slot(for: "b") }
        slot.release()
    }

    @Test func cancelledAndClosedRequestsEnd() async throws {
        let limiter = ConcurrencyLimiter<String>(slots: 1, capacity: 10)
        let slot = try await limiter.slot(for: "a")
        let cancelled = Task { try await limiter.slot(for: "b") }
        cancelled.cancel()
        await #expect(throws: ConcurrencyRefusal.cancelled) { try await cancelled.value }
        limiter.close()
        await #expect(throws: ConcurrencyRefusal.closed) { try await limiter.slot(for: "b") }
        slot.release()
        #expect(limiter.running == 0 && limiter.waiting == 0)
    }
}
