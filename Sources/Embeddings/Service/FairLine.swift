/// Requests that wait for the same kind of turn. Turns go round between callers, counted in tokens, and between the
/// requests of one caller, counted in sequences.
///
/// - Next is the caller who was handed the fewest tokens since something of theirs began to wait, so that all who wait get
///   tokens at the same rate. Who joins starts level with the least served: absence earns nothing.
/// - A caller may hold half of the room that all others leave. So nobody can fill the line: whoever comes finds room,
///   half as much as the one before.
/// - Source: Goyal, Vin & Cheng, "Start-time fair queueing", 1996, with callers as flows of one weight.
struct FairLine {
    typealias RequestID = EncodeQueue.RequestID

    /// What a sequence takes of the room at least: beside its ids there is its vector.
    static let leastCost = 32

    private struct Waiting {
        let caller: EmbeddingCaller
        let lengths: [Int]
        /// The first sequence not yet handed out.
        var next = 0

        var rest: ArraySlice<Int> { lengths[next...] }
    }

    private struct Share {
        var requests: [RequestID] = []
        /// Whose turn it is among `requests`.
        var cursor = 0
        var cost = 0
        /// Tokens handed out, and what the least served had got when this caller joined.
        var served: Int
        /// Decides between equals: who joined first.
        let joined: UInt64
    }

    /// Tokens that may wait; a sequence counts as `leastCost` at least.
    let room: Int
    private var waiting: [RequestID: Waiting] = [:]
    private var shares: [EmbeddingCaller: Share] = [:]
    private var joins: UInt64 = 0
    private(set) var cost = 0
    private(set) var tokens = 0

    init(room: Int) { self.room = room }

    var isEmpty: Bool { waiting.isEmpty }

    /// Takes a request in; `false` where the caller's share of the room does not hold it.
    ///
    /// - Parameters:
    ///   - id: not waiting already.
    ///   - lengths: tokens of each sequence, at least one sequence.
    mutating func arrive(_ id: RequestID, lengths: [Int], caller: EmbeddingCaller) -> Bool {
        let added = Self.cost(lengths[...])
        let own = shares[caller]?.cost ?? 0
        // An empty line takes any request: one that were always too large could never be served.
        guard cost == 0 || own + added <= (room - (cost - own)) / 2 else { return false }
        var share = shares[caller] ?? newShare()
        share.requests.append(id)
        share.cost += added
        shares[caller] = share
        waiting[id] = Waiting(caller: caller, lengths: lengths)
        cost += added
        tokens += lengths.reduce(0, +)
        return true
    }

    /// Forgets what of a request was not handed out; does nothing for one that is not waiting.
    mutating func remove(_ id: RequestID) {
        guard let request = waiting.removeValue(forKey: id), var share = shares[request.caller] else { return }
        let freed = Self.cost(request.rest)
        share.cost -= freed
        cost -= freed
        tokens -= request.rest.reduce(0, +)
        if let place = share.requests.firstIndex(of: id) { Self.drop(place, from: &share) }
        shares[request.caller] = share.requests.isEmpty ? nil : share
    }

    /// Hands out the sequence whose turn it is; `nil` where nothing waits, or it has more than `budget` tokens.
    mutating func next(within budget: Int) -> EncodeQueue.Item? {
        guard let caller = leastServed, var share = shares[caller] else { return nil }
        let id = share.requests[share.cursor]
        guard var request = waiting[id], let length = request.rest.first, length <= budget else { return nil }
        let item = EncodeQueue.Item(request: id, sequence: request.next)
        request.next += 1
        let freed = Self.cost([length])
        share.served += length
        share.cost -= freed
        cost -= freed
        tokens -= length
        if request.rest.isEmpty {
            waiting[id] = nil
            Self.drop(share.cursor, from: &share)
        } else {
            waiting[id] = request
            share.cursor = (share.cursor + 1) % share.requests.count
        }
        shares[caller] = share.requests.isEmpty ? nil : share
        return item
    }

    private var leastServed: EmbeddingCaller? {
        shares.min { ($0.value.served, $0.value.joined) < ($1.value.served, $1.value.joined) }?.key
    }

    private mutating func newShare() -> Share {
        joins += 1
        return Share(served: shares.values.lazy.map(\.served).min() ?? 0, joined: joins)
    }

    /// Takes a request out of a caller's round; the turn stays with the request whose it is, or passes to the one after.
    private static func drop(_ place: Int, from share: inout Share) {
        share.requests.remove(at: place)
        if place < share.cursor { share.cursor -= 1 }
        if share.cursor >= share.requests.count { share.cursor = 0 }
    }

    private static func cost(_ lengths: ArraySlice<Int>) -> Int { lengths.reduce(0) { $0 + max($1, leastCost) } }
}
