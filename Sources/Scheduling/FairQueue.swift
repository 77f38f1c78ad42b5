internal import Foundation

/// A fair queue that decides which waiting piece of work runs next, and in which lane. A plain value: it takes no lock and reads no clock.
///
/// - Keys are served by deficit round-robin. A piece's cost is unknown before it runs: the key's balance is charged with the key's average
///   cost when a piece starts, and corrected to the measured cost when it ends.
/// - There are two lanes of threads. The foreground serves brief pieces. The background serves long pieces and every piece of a heavy key:
///   one that recently used more than `heavyUsage` and more than a quarter of all usage while another key was active.
/// - A key without waiting pieces keeps its balance: at most one quantum, or a bounded debt. Idle time neither adds credit nor repays debt.
/// - One key cannot occupy all threads of a lane.
/// - The number of waiting pieces is limited, in total and per key.
/// - Source: Shreedhar & Varghese, "Efficient fair queuing using deficit round-robin", 1996.
package struct FairQueue<Key: Hashable, Piece> {
    package typealias ID = UInt64
    /// Nanoseconds on a monotonic clock.
    package typealias Time = Int64

    package struct Limits: Sendable {
        /// Maximum number of waiting pieces of all keys; one key may have three quarters of them.
        package var waiting: Int
        /// Number of threads in each lane, at least 1.
        package var foregroundThreads: Int
        package var backgroundThreads: Int
        /// Thread time that a key may use per round.
        package var quantum: Time = 2_000_000
        /// Maximum debt of a balance, so that one long piece does not block its key indefinitely.
        package var maximumDebt: Time = 1_000_000_000
        /// Minimum usage, decayed with `usageHalfLife`, of a heavy key.
        package var heavyUsage: Time = 100_000_000
        package var usageHalfLife: Time = 1_000_000_000
        /// Time after its last arrival during which a key counts as active for detecting contention.
        package var contentionWindow: Time = 2_000_000_000

        package init(waiting: Int, foregroundThreads: Int, backgroundThreads: Int) {
            (self.waiting, self.foregroundThreads, self.backgroundThreads) = (waiting, foregroundThreads, backgroundThreads)
        }
    }

    /// A piece to be run now.
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
        /// The start times of the running pieces.
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
    /// Keys with waiting pieces, and for each lane the place in the ring of the key to serve.
    private var ring: [Key] = []
    private var cursors = [0, 0]
    private var total = DecayingSum()
    /// The two keys that arrived last, the later one first.
    private var latest: (key: Key, at: Time)?
    private var other: (key: Key, at: Time)?
    private var pruneAt = 64

    package init(limits: Limits) { self.limits = limits }

    package var waiting: Int { pieces.count }
    package func waiting(of key: Key) -> Int { accounts[key]?.waiting ?? 0 }
    package var keys: Int { accounts.count }

    // MARK: Arrival and removal

    /// Queues a piece.
    ///
    /// - Parameters:
    ///   - id: a new id.
    ///   - isBounded: whether the limits apply. They do not for continuations of work that was admitted elsewhere.
    /// - Returns: the lane to wake; `nil` if too many pieces are waiting.
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

    /// Removes a piece that has not started.
    ///
    /// - Returns: the piece; `nil` if it is not waiting.
    package mutating func remove(_ id: ID) -> Piece? {
        guard let waiting = pieces.removeValue(forKey: id) else { return nil }
        for lane in WorkLane.allCases where accounts[waiting.key]?.lines[lane.rawValue].remove(id) == true { break }
        leaveRingIfIdle(waiting.key)
        return waiting.piece
    }

    // MARK: Run

    /// Returns the next piece to run in a lane; `nil` if none may start. Call `finish` when it has ended.
    ///
    /// - Parameter demoted: increased by the number of pieces moved from the foreground to the background, whose threads must be woken.
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

    /// Charges its key for a piece that `next` returned.
    ///
    /// - Parameter cost: the processor time that the piece used, in nanoseconds.
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

    /// Returns whether a key is heavy, so that its pieces run in the background.
    package func isHeavy(_ key: Key, now: Time) -> Bool {
        guard let account = accounts[key], account.usage.most > Double(limits.heavyUsage) || !account.starts.isEmpty, isContended(key, now)
        else { return false }
        let underWay = Double(account.starts.values.reduce(0) { $0 + max(now - $1, 0) })
        let usage = account.usage.value(now: now, halfLife: limits.usageHalfLife) + underWay
        return usage > Double(limits.heavyUsage) && usage > (total.value(now: now, halfLife: limits.usageHalfLife) + underWay) / 4
    }

    // MARK: Round-robin

    private mutating func start(_ id: ID, _ key: Key, _ lane: WorkLane, _ now: Time) {
        accounts[key]?.running[lane.rawValue] += 1
        accounts[key]?.starts[id] = now
        if let estimate = accounts[key]?.estimate { accounts[key]?.balance -= estimate }
        leaveRingIfIdle(key)
    }

    /// Returns the ring position of the key to serve: the first from the cursor with a piece that may start and a positive balance. If no
    /// balance is positive, grants all of these keys as many quanta as make one of them positive.
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
        // The key at the cursor was served last: the round starts with the next one.
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

    /// Removes idle keys with negligible recent usage. A debt of more than one round is kept longer, until the last nanosecond of usage has
    /// decayed (a second takes 30 half-lives): by then it is small beside the time that the key has not used.
    private mutating func prune(_ now: Time) {
        accounts = accounts.filter { _, account in
            let negligible = account.balance < -limits.quantum ? 1 : Double(limits.heavyUsage) / 100
            return account.waiting > 0 || !account.starts.isEmpty
                || account.usage.value(now: now, halfLife: limits.usageHalfLife) > negligible
        }
        pruneAt = max(64, accounts.count * 2)
    }
}

extension FairQueue {
    /// A queue of ids in order of arrival. Ids removed from the middle are compacted once there are enough of them.
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

        /// - Returns: whether the id was in the queue.
        mutating func remove(_ id: ID) -> Bool {
            // The ids of demoted pieces do not ascend, so the search is linear; the queue is bounded.
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

/// A sum whose terms lose half of their weight after each half-life.
struct DecayingSum {
    private var sum = 0.0
    private var at: Int64 = 0

    /// An upper bound on all later values.
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
