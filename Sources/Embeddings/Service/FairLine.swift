/// A fair queue of requests: fair between callers, counted in tokens, and round-robin between the requests of one caller,
/// counted in sequences.
///
/// - The next caller is the one that got the fewest tokens since it began to wait, so that all waiting callers get tokens at the
///   same rate. A caller that joins starts level with the least served one: idle time earns no credit.
/// - A caller may hold half of the capacity that all others leave free. So no caller can fill the queue: each new one finds
///   capacity, half as much as the one before.
/// - Source: Goyal, Vin & Cheng, "Start-time fair queueing", 1996, with callers as flows of equal weight.
struct FairLine {
    typealias RequestID = EncodeQueue.RequestID

    /// Minimum cost of a sequence, in tokens: beside its ids it needs memory for its vector.
    static let leastCost = 32

    private struct Waiting {
        let caller: EmbeddingCaller
        let lengths: [Int]
        /// Index of the first sequence not handed out yet.
        var next = 0

        var rest: ArraySlice<Int> { lengths[next...] }
    }

    private struct Share {
        var requests: [RequestID] = []
        /// Index in `requests` of the next request.
        var cursor = 0
        var cost = 0
        /// Tokens handed out, plus those of the least served caller at the time when this one joined.
        var served: Int
        /// Join order; breaks ties.
        let joined: UInt64
    }

    /// Capacity, in tokens; a sequence counts as at least `leastCost`.
    let room: Int
    private var waiting: [RequestID: Waiting] = [:]
    private var shares: [EmbeddingCaller: Share] = [:]
    private var joins: UInt64 = 0
    private(set) var cost = 0
    private(set) var tokens = 0

    init(room: Int) { self.room = room }

    var isEmpty: Bool { waiting.isEmpty }

    /// Adds a request; returns `false` if it exceeds the caller's limit.
    ///
    /// - Parameters:
    ///   - id: an id that is not waiting yet.
    ///   - lengths: number of tokens of each sequence; at least one sequence.
    mutating func arrive(_ id: RequestID, lengths: [Int], caller: EmbeddingCaller) -> Bool {
        let added = Self.cost(lengths[...])
        let own = shares[caller]?.cost ?? 0
        // An empty queue accepts any request: otherwise one above the limit could never be served.
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

    /// Removes the sequences of a request that were not handed out yet; does nothing if the request is not waiting.
    mutating func remove(_ id: RequestID) {
        guard let request = waiting.removeValue(forKey: id), var share = shares[request.caller] else { return }
        let freed = Self.cost(request.rest)
        share.cost -= freed
        cost -= freed
        tokens -= request.rest.reduce(0, +)
        if let place = share.requests.firstIndex(of: id) { Self.drop(place, from: &share) }
        shares[request.caller] = share.requests.isEmpty ? nil : share
    }

    /// Removes and returns the next sequence; `nil` if none waits, or if it has more than `budget` tokens.
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

    /// Removes a request of a caller; the cursor stays at its request, or moves to the next one if its request was removed.
    private static func drop(_ place: Int, from share: inout Share) {
        share.requests.remove(at: place)
        if place < share.cursor { share.cursor -= 1 }
        if share.cursor >= share.requests.count { share.cursor = 0 }
    }

    private static func cost(_ lengths: ArraySlice<Int>) -> Int { lengths.reduce(0) { $0 + max($1, leastCost) } }
}
