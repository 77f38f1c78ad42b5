internal import Foundation

/// Decides which waiting piece of work runs next, and in which lane. A plain value: it takes no lock and reads no clock.
///
/// - Keys take turns by deficit round-robin. A key's balance is charged with the measured cost of each piece after it ends; what
///   a piece will cost is unknown before, so the key's average is charged at its start and corrected at its end.
/// - There are two lanes of threads. The foreground serves brief pieces. The background serves long pieces and every piece of a
///   heavy key: one that has lately used more than `heavyUsage` and more than a quarter of all usage while another key was active.
/// - A key that leaves keeps its balance: a quantum at most, or a bounded debt. Absence earns nothing, and pays nothing back.
/// - In neither lane may one key occupy all threads.
/// - Pieces that wait are bounded in all and per key.
/// - Source: Shreedhar & Varghese, "Efficient fair queuing using deficit round-robin", 1996.
package struct FairQueue<Key: Hashable, Piece> {
    package typealias ID = UInt64
    /// Nanoseconds, of a clock that never goes back.
    package typealias Time = Int64

    package struct Limits: Sendable {
        /// Pieces of all keys that may wait; one key may have three quarters of them.
        package var waiting: Int
        /// Threads of each lane, at least 1.
        package var foregroundThreads: Int
        package var backgroundThreads: Int
        /// What a key may spend in one turn.
        package var quantum: Time = 2_000_000
        /// A balance does not fall below this, so that one long piece is not held against its key for ever.
        package var maximumDebt: Time = 1_000_000_000
        /// Usage, weighted by age with `usageHalfLife`, from which a key may be heavy.
        package var heavyUsage: Time = 100_000_000
        package var usageHalfLife: Time = 1_000_000_000
        /// How long after its last piece a key counts as one that others are to be protected for.
        package var contentionWindow: Time = 2_000_000_000

        package init(waiting: Int, foregroundThreads: Int, backgroundThreads: Int) {
            self.waiting = waiting
            self.foregroundThreads = foregroundThreads
            self.backgroundThreads = backgroundThreads
        }
    }

    /// A piece that is to run now.
    package struct Start {
        package let id: ID
        package let key: Key
        package let piece: Piece
    }

    private struct Account {
        var lines = [Line(), Line()]
        var running = [0, 0]
        var balance: Time = 0
        /// Average cost of a piece.
        var estimate: Time = 0
        var usage = DecayingSum()
        /// When the pieces that run now were started.
        var starts: [ID: Time] = [:]
        var isInRing = false

        var waiting: Int { lines[0].count + lines[1].count }
    }

    private struct Waiting {
        let key: Key
        let piece: Piece
    }

    package let limits: Limits
    private var accounts: [Key: Account] = [:]
    private var pieces: [ID: Waiting] = [:]
    /// Keys that have something waiting, and the place of the one whose turn it is in each lane.
    private var ring: [Key] = []
    private var cursors = [0, 0]
    private var total = DecayingSum()
    /// The keys that arrived last, a later and an earlier one.
    private var latest: (key: Key, at: Time)?
    private var other: (key: Key, at: Time)?
    private var pruneAt = 64

    package init(limits: Limits) { self.limits = limits }

    package var waiting: Int { pieces.count }
    package func waiting(of key: Key) -> Int { accounts[key]?.waiting ?? 0 }
    package var keys: Int { accounts.count }

    // MARK: Arrive and leave

    /// Takes a piece in.
    ///
    /// - Parameters:
    ///   - id: not used before.
    ///   - isBounded: whether the piece may be refused. Continuations of work that was admitted elsewhere may not.
    /// - Returns: the lane whose threads are to look; `nil` if too much waits.
    package mutating func arrive(_ id: ID, _ piece: Piece, key: Key, kind: WorkKind, isBounded: Bool = true, now: Time) -> WorkLane? {
        if isBounded {
            guard pieces.count < limits.waiting, waiting(of: key) < max(1, limits.waiting * 3 / 4) else { return nil }
        }
        note(key, now)
        if accounts.count >= pruneAt { prune(now) }
        let lane: WorkLane = kind == .long || isHeavy(key, now: now) ? .background : .foreground
        pieces[id] = Waiting(key: key, piece: piece)
        accounts[key, default: Account()].lines[lane.rawValue].append(id)
        enterRing(key)
        return lane
    }

    /// Forgets a piece that has not started.
    ///
    /// - Returns: the piece; `nil` if it is not waiting.
    package mutating func remove(_ id: ID) -> Piece? {
        guard let waiting = pieces.removeValue(forKey: id) else { return nil }
        for lane in WorkLane.allCases where accounts[waiting.key]?.lines[lane.rawValue].remove(id) == true { break }
        leaveRingIfIdle(waiting.key)
        return waiting.piece
    }

    // MARK: Run

    /// The piece to start in a lane; `nil` where none may start. Call `finish` when it has ended.
    ///
    /// - Parameter demoted: set to how many pieces went from the foreground to the background meanwhile: its threads are to look.
    package mutating func next(in lane: WorkLane, now: Time, demoted: inout Int) -> Start? {
        guard !ring.isEmpty else { return nil }
        if lane == .foreground { demoted += demoteHeavy(now) }
        guard let place = turn(in: lane), let id = accounts[ring[place]]?.lines[lane.rawValue].takeFirst(),
            let waiting = pieces.removeValue(forKey: id)
        else { return nil }
        cursors[lane.rawValue] = place
        start(id, waiting.key, lane, now)
        return Start(id: id, key: waiting.key, piece: waiting.piece)
    }

    /// Charges a piece that `next` gave.
    ///
    /// - Parameter cost: what it took of a processor, in nanoseconds.
    package mutating func finish(_ id: ID, key: Key, lane: WorkLane, cost: Time, now: Time) {
        guard var account = accounts[key], account.starts.removeValue(forKey: id) != nil else { return }
        let cost = max(cost, 0)
        account.running[lane.rawValue] -= 1
        account.balance = max(account.balance + account.estimate - cost, -limits.maximumDebt)
        account.estimate += (cost - account.estimate) / 8
        account.usage.add(Double(cost), now: now, halfLife: limits.usageHalfLife)
        accounts[key] = account
        total.add(Double(cost), now: now, halfLife: limits.usageHalfLife)
    }

    /// Whether a key's pieces give way to those of others.
    package func isHeavy(_ key: Key, now: Time) -> Bool {
        guard let account = accounts[key], account.usage.most > Double(limits.heavyUsage) || !account.starts.isEmpty, isContended(key, now)
        else { return false }
        let underWay = Double(account.starts.values.reduce(0) { $0 + max(now - $1, 0) })
        let usage = account.usage.value(now: now, halfLife: limits.usageHalfLife) + underWay
        return usage > Double(limits.heavyUsage) && usage > (total.value(now: now, halfLife: limits.usageHalfLife) + underWay) / 4
    }

    // MARK: Turns

    private mutating func start(_ id: ID, _ key: Key, _ lane: WorkLane, _ now: Time) {
        accounts[key]?.running[lane.rawValue] += 1
        accounts[key]?.starts[id] = now
        if let estimate = accounts[key]?.estimate { accounts[key]?.balance -= estimate }
        leaveRingIfIdle(key)
    }

    /// Place in the ring of the key whose turn it is: the first from the cursor with a piece that may start and a balance. Where all
    /// balances are spent, all get as many quanta as bring one of them above zero.
    private mutating func turn(in lane: WorkLane) -> Int? {
        var richest: Time?
        for step in ring.indices {
            let place = (cursors[lane.rawValue] + step) % ring.count
            guard let balance = eligibleBalance(ring[place], lane) else { continue }
            if balance > 0 { return place }
            richest = max(richest ?? .min, balance)
        }
        guard let richest else { return nil }
        let grant = (-richest / limits.quantum + 1) * limits.quantum
        // The key at the cursor has had its turn: the next one begins the round.
        cursors[lane.rawValue] += 1
        var chosen: Int?
        for step in ring.indices {
            let place = (cursors[lane.rawValue] + step) % ring.count
            guard let balance = eligibleBalance(ring[place], lane) else { continue }
            let granted = min(balance + grant, limits.quantum)
            accounts[ring[place]]?.balance = granted
            if chosen == nil, balance + grant > 0 { chosen = place }
        }
        return chosen
    }

    private func eligibleBalance(_ key: Key, _ lane: WorkLane) -> Time? {
        guard let account = accounts[key], account.lines[lane.rawValue].count > 0 else { return nil }
        let threads = lane == .foreground ? limits.foregroundThreads : limits.backgroundThreads
        return account.running[lane.rawValue] < max(1, threads - 1) ? account.balance : nil
    }

    private mutating func demoteHeavy(_ now: Time) -> Int {
        var demoted = 0
        for key in ring where (accounts[key]?.lines[0].count ?? 0) > 0 && isHeavy(key, now: now) {
            while let id = accounts[key]?.lines[0].takeFirst() {
                accounts[key]?.lines[1].append(id)
                demoted += 1
            }
        }
        return demoted
    }

    private mutating func enterRing(_ key: Key) {
        guard accounts[key]?.isInRing == false else { return }
        accounts[key]?.isInRing = true
        ring.append(key)
    }

    private mutating func leaveRingIfIdle(_ key: Key) {
        guard let account = accounts[key], account.isInRing, account.waiting == 0, let place = ring.firstIndex(of: key) else { return }
        accounts[key]?.isInRing = false
        ring.remove(at: place)
        for lane in cursors.indices where place < cursors[lane] { cursors[lane] -= 1 }
    }

    // MARK: Contention

    private mutating func note(_ key: Key, _ now: Time) {
        if let latest, latest.key != key { other = latest }
        latest = (key, now)
    }

    private func isContended(_ key: Key, _ now: Time) -> Bool {
        let rival = latest?.key == key ? other : latest
        return rival.map { now - $0.at < limits.contentionWindow } ?? false
    }

    /// Forgets keys that have nothing here and have used next to nothing lately.
    private mutating func prune(_ now: Time) {
        accounts = accounts.filter { _, account in
            account.waiting > 0 || !account.starts.isEmpty
                || account.usage.value(now: now, halfLife: limits.usageHalfLife) > Double(limits.heavyUsage) / 100
        }
        pruneAt = max(64, accounts.count * 2)
    }
}

extension FairQueue {
    /// Ids in order of arrival. Those that were removed from the middle are dropped when enough of them have gathered.
    private struct Line {
        private var ids: [ID] = []
        private var head = 0
        private var removed: Set<ID> = []
        private(set) var count = 0

        mutating func append(_ id: ID) {
            ids.append(id)
            count += 1
        }

        mutating func takeFirst() -> ID? {
            while head < ids.count {
                let id = ids[head]
                head += 1
                if head >= 64, head * 2 >= ids.count {
                    ids.removeFirst(head)
                    head = 0
                }
                if removed.remove(id) != nil { continue }
                count -= 1
                return id
            }
            return nil
        }

        /// - Returns: whether the id was here.
        mutating func remove(_ id: ID) -> Bool {
            // Ids ascend but for demoted ones, so the search is by value; a line is bounded.
            guard count > 0, ids[head...].contains(id), !removed.contains(id) else { return false }
            removed.insert(id)
            count -= 1
            if removed.count > 16, removed.count > count {
                ids = ids[head...].filter { !removed.contains($0) }
                (head, removed) = (0, [])
            }
            return true
        }
    }
}

/// A sum in which what was added weighs half as much after each half-life.
struct DecayingSum {
    private var sum = 0.0
    private var at: Int64 = 0

    /// No less than the value at any later time.
    var most: Double { sum }

    mutating func add(_ amount: Double, now: Int64, halfLife: Int64) {
        sum = value(now: now, halfLife: halfLife) + amount
        at = now
    }

    func value(now: Int64, halfLife: Int64) -> Double {
        guard sum > 0 else { return 0 }
        return sum * exp2(-Double(max(now - at, 0)) / Double(halfLife))
    }
}
