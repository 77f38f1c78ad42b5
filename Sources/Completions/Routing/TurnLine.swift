/// A fair queue for one model's concurrency slots. A value type; it resumes no tasks.
///
/// - A free slot goes to the caller that holds the fewest slots; on a tie, to the one served least recently. Within a caller, first come,
///   first served.
/// - A caller may take half of the queue room that all others leave, so that no caller can fill the queue.
/// - Source: max-min fairness as in Bertsekas & Gallager, "Data Networks", 1992, section 6.5.2, over whole slots.
package struct TurnLine {
    package typealias RequestID = UInt64

    package enum Arrival: Hashable, Sendable { case start, wait, full }

    private struct Share {
        var held = 0
        /// Waiting requests, oldest first.
        var waiting: [RequestID] = []
        /// Turn number of the caller's last slot, or of its arrival.
        var order: UInt64
    }

    package let concurrency: Int
    package let room: Int
    package private(set) var running = 0
    package private(set) var waiting = 0
    private var shares: [ChatCaller: Share] = [:]
    private var turns: UInt64 = 0

    /// - Parameters:
    ///   - concurrency: maximum number of concurrent answers, at least 1.
    ///   - room: maximum number of waiting requests.
    package init(concurrency: Int, room: Int) { (self.concurrency, self.room) = (max(1, concurrency), max(0, room)) }

    /// Starts or queues a request, or returns `full`. `id` must not be in the queue already.
    package mutating func arrive(_ id: RequestID, _ caller: ChatCaller) -> Arrival {
        var share = shares[caller] ?? Share(order: nextTurn())
        if running < concurrency {
            running += 1
            share.held += 1
            share.order = nextTurn()
            shares[caller] = share
            return .start
        }
        let own = share.waiting.count
        guard waiting < room, own < max(1, (room - (waiting - own)) / 2) else { return .full }
        share.waiting.append(id)
        waiting += 1
        shares[caller] = share
        return .wait
    }

    /// Releases a slot of the caller.
    ///
    /// - Returns: the waiting request that gets the slot, if any.
    package mutating func leave(_ caller: ChatCaller) -> RequestID? {
        guard var share = shares[caller], share.held > 0 else { return nil }
        share.held -= 1
        running -= 1
        put(share, of: caller)
        return startNext()
    }

    /// Removes a waiting request; returns `false` if it is not waiting.
    package mutating func forget(_ id: RequestID, _ caller: ChatCaller) -> Bool {
        guard var share = shares[caller], let place = share.waiting.firstIndex(of: id) else { return false }
        share.waiting.remove(at: place)
        waiting -= 1
        put(share, of: caller)
        return true
    }

    private mutating func startNext() -> RequestID? {
        guard running < concurrency else { return nil }
        let next = shares.lazy.filter { !$0.value.waiting.isEmpty }
            .min { ($0.value.held, $0.value.order) < ($1.value.held, $1.value.order) }
        guard let (caller, found) = next.map({ ($0.key, $0.value) }) else { return nil }
        var share = found
        let id = share.waiting.removeFirst()
        waiting -= 1
        running += 1
        share.held += 1
        share.order = nextTurn()
        shares[caller] = share
        return id
    }

    private mutating func put(_ share: Share, of caller: ChatCaller) {
        shares[caller] = share.held == 0 && share.waiting.isEmpty ? nil : share
    }

    private mutating func nextTurn() -> UInt64 {
        turns += 1
        return turns
    }
}
