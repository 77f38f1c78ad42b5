import Memory
import TestSupport
import Testing

/// Wraps the state in a class, since expectations cannot mutate values.
private final class Box {
    private var state: MemoryBudgetState

    init(limit: Int, share: Double, waiterLimit: Int = 4096) {
        state = MemoryBudgetState(limit: limit, share: share, waiterLimit: waiterLimit)
    }

    var held: Int { state.held }
    var waiting: Int { state.waiting }
    func held(by owner: MemoryOwner) -> Int { state.held(by: owner) }
    func most(for owner: MemoryOwner) -> Int { state.most(for: owner) }
    func take(_ bytes: Int, for owner: MemoryOwner, passesWaiters: Bool = false) -> Bool {
        state.take(bytes, for: owner, passesWaiters: passesWaiters)
    }
    func charge(_ bytes: Int, to owner: MemoryOwner) { state.charge(bytes, to: owner) }
    func wait(_ ticket: Int, for bytes: Int, _ owner: MemoryOwner) -> Bool { state.wait(ticket, for: bytes, owner) }
    func give(_ bytes: Int, of owner: MemoryOwner) -> [Int] { state.give(bytes, of: owner) }
    func leave(_ ticket: Int, of owner: MemoryOwner) -> [Int]? { state.leave(ticket, of: owner) }
}

@Suite struct MemoryBudgetStateTests {
    static let (a, b, c) = (MemoryOwner.tenant("a"), MemoryOwner.tenant("b"), MemoryOwner.tenant("c"))

    @Test func oneOwnerGetsItsShareAndTheNextOneStillFindsSome() {
        let state = Box(limit: 1000, share: 0.5)
        #expect(state.take(500, for: Self.a))
        #expect(!state.take(1, for: Self.a))
        // Half of the 500 that a does not use.
        #expect(!state.take(251, for: Self.b))
        #expect(state.take(250, for: Self.b))
        #expect(state.take(125, for: Self.c))
        #expect(state.held == 875)
    }

    @Test func anUnknownClientGetsAnEighth() {
        let state = Box(limit: 800, share: 0.5)
        #expect(!state.take(101, for: .unknown))
        #expect(state.take(100, for: .unknown))
        #expect(state.most(for: .unknown) == 100 && state.most(for: Self.a) == 400)
    }

    @Test func aLargeRequestIsNotPassedBySmallOnesOfItsOwner() {
        let state = Box(limit: 1000, share: 0.5)
        #expect(state.take(400, for: Self.a))
        #expect(state.wait(1, for: 200, Self.a))
        #expect(!state.take(10, for: Self.a), "a small request must wait behind the large one")
        #expect(state.take(10, for: Self.a, passesWaiters: true), "a request that holds memory need not wait, as it will release some")
        #expect(state.take(10, for: Self.b), "another owner need not wait")
        #expect(state.give(50, of: Self.a) == [])
        #expect(state.give(60, of: Self.a) == [])
        #expect(state.give(10, of: Self.b) == [1])
        #expect(state.held == 500 && state.waiting == 0)
    }

    @Test func whoLeavesLetsTheNextOneGo() {
        let state = Box(limit: 1000, share: 0.5)
        #expect(state.take(400, for: Self.a))
        #expect(state.wait(1, for: 200, Self.a) && state.wait(2, for: 100, Self.a))
        #expect(state.leave(1, of: Self.a) == [2])
        #expect(state.leave(1, of: Self.a) == nil && state.leave(2, of: Self.a) == nil)
    }

    @Test func whatIsInUseAlreadyIsCountedBeyondTheLimit() {
        let state = Box(limit: 1000, share: 0.5)
        state.charge(2000, to: Self.a)
        #expect(state.held == 2000 && !state.take(1, for: Self.b))
        #expect(state.wait(7, for: 100, Self.b))
        #expect(state.give(1200, of: Self.a) == [7])
    }

    @Test func aFullQueueRefuses() {
        let state = Box(limit: 10, share: 1, waiterLimit: 1)
        #expect(state.take(10, for: Self.a))
        #expect(state.wait(1, for: 1, Self.a) && !state.wait(2, for: 1, Self.b))
    }

    /// Compares the state with plain lists of owners and waiters.
    @Test(arguments: 1...40) func agreesWithAModel(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let limit = 1000
        let state = Box(limit: limit, share: 0.5)
        var held: [MemoryOwner: Int] = [:]
        var waiting: [(ticket: Int, owner: MemoryOwner, bytes: Int)] = []
        let owners = [Self.a, Self.b, Self.c, .unknown]
        func fits(_ bytes: Int, _ owner: MemoryOwner) -> Bool {
            let others = held.filter { $0.key != owner }.values.reduce(0, +)
            return Double(held[owner, default: 0] + bytes) <= Double(limit - others) * (owner == .unknown ? 0.125 : 0.5)
        }
        func settle(_ granted: [Int]) {
            for ticket in granted {
                guard let place = waiting.firstIndex(where: { $0.ticket == ticket }) else {
                    Issue.record("ticket \(ticket) does not wait, seed \(seed)")
                    continue
                }
                let waiter = waiting.remove(at: place)
                #expect(!waiting[..<place].contains { $0.owner == waiter.owner }, "waiters must be served in order, seed \(seed)")
                held[waiter.owner, default: 0] += waiter.bytes
            }
        }
        for ticket in 0..<600 {
            let owner = owners[Int(random.next() % 4)]
            let bytes = Int(random.next() % 300)
            switch random.next() % 5 {
            case 0, 1:
                let expected = !waiting.contains { $0.owner == owner } && fits(bytes, owner)
                #expect(state.take(bytes, for: owner) == expected, "seed \(seed)")
                if expected {
                    held[owner, default: 0] += bytes
                } else if state.wait(ticket, for: bytes, owner) {
                    waiting.append((ticket, owner, bytes))
                }
            case 2, 3:
                let given = min(bytes, held[owner, default: 0])
                held[owner, default: 0] -= given
                settle(state.give(given, of: owner))
            default:
                guard let leaving = waiting.indices.randomElement(using: &random) else { continue }
                let waiter = waiting.remove(at: leaving)
                settle(state.leave(waiter.ticket, of: waiter.owner) ?? [])
            }
            #expect(state.held == held.values.reduce(0, +) && state.waiting == waiting.count, "seed \(seed)")
            for owner in owners {
                #expect(state.held(by: owner) == held[owner, default: 0], "seed \(seed)")
                if let first = waiting.first(where: { $0.owner == owner }) {
                    #expect(!fits(first.bytes, owner), "a waiter that fits must be served, seed \(seed)")
                }
            }
        }
    }
}
