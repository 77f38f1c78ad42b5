import Scheduling

/// A queue of sequences to embed: fair between callers, counted in tokens, as `FairShares` says; and round-robin between the requests of one
/// caller, counted in sequences.
struct SequenceQueue {
    typealias RequestID = EncodeQueue.RequestID

    /// Minimum cost of a sequence, in tokens: beside its ids it needs memory for its vector.
    static let minimumCost = 32

    private struct Waiting {
        let caller: EmbeddingCaller
        let lengths: [Int]
        /// Index of the first sequence not handed out yet.
        var next = 0

        var rest: ArraySlice<Int> { lengths[next...] }
    }

    /// The requests of a caller in round-robin order.
    private struct Ring {
        var requests: [RequestID] = []
        /// Index in `requests` of the next request.
        var cursor = 0

        /// Removes a request; the cursor stays at its request, or moves to the next one if its request was removed.
        mutating func remove(at place: Int) {
            requests.remove(at: place)
            if place < cursor { cursor -= 1 }
            if cursor >= requests.count { cursor = 0 }
        }
    }

    private var shares: FairShares<EmbeddingCaller>
    private var waiting: [RequestID: Waiting] = [:]
    private var rings: [EmbeddingCaller: Ring] = [:]
    private(set) var tokens = 0

    /// - Parameter capacity: maximum number of waiting tokens; a sequence counts as at least `minimumCost`.
    init(capacity: Int) { shares = FairShares(capacity: capacity) }

    var isEmpty: Bool { waiting.isEmpty }

    /// Adds a request; returns `false` if it exceeds the caller's limit.
    ///
    /// - Parameters:
    ///   - id: an id that is not waiting yet.
    ///   - lengths: number of tokens of each sequence; at least one sequence.
    mutating func arrive(_ id: RequestID, lengths: [Int], caller: EmbeddingCaller) -> Bool {
        guard shares.queue(Self.cost(lengths[...]), for: caller) else { return false }
        rings[caller, default: Ring()].requests.append(id)
        waiting[id] = Waiting(caller: caller, lengths: lengths)
        tokens += lengths.reduce(0, +)
        return true
    }

    /// Removes the sequences of a request that were not handed out yet; does nothing if the request is not waiting.
    mutating func remove(_ id: RequestID) {
        guard let request = waiting.removeValue(forKey: id), var ring = rings[request.caller] else { return }
        shares.remove(Self.cost(request.rest), of: request.caller)
        tokens -= request.rest.reduce(0, +)
        if let place = ring.requests.firstIndex(of: id) { ring.remove(at: place) }
        rings[request.caller] = ring.requests.isEmpty ? nil : ring
    }

    /// Removes and returns the next sequence; `nil` if none waits, or if it has more than `budget` tokens.
    mutating func next(within budget: Int) -> EncodeQueue.Item? {
        guard let caller = shares.next, var ring = rings[caller] else { return nil }
        let id = ring.requests[ring.cursor]
        guard var request = waiting[id], let length = request.rest.first, length <= budget else { return nil }
        let item = EncodeQueue.Item(request: id, sequence: request.next)
        request.next += 1
        shares.serve(length, to: caller)
        shares.remove(Self.cost([length]), of: caller)
        tokens -= length
        if request.rest.isEmpty {
            waiting[id] = nil
            ring.remove(at: ring.cursor)
        } else {
            waiting[id] = request
            ring.cursor = (ring.cursor + 1) % ring.requests.count
        }
        rings[caller] = ring.requests.isEmpty ? nil : ring
        return item
    }

    private static func cost(_ lengths: ArraySlice<Int>) -> Int { lengths.reduce(0) { $0 + max($1, minimumCost) } }
}
