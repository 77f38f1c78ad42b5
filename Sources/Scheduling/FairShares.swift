/// The shares of callers in a bounded queue: who may queue more, and who is served next. A plain value; costs are in any unit.
///
/// - The next caller is the one that holds the least, then the one that was served the least since it began to wait. A caller that joins
///   starts level with the least served one: idle time earns no credit.
/// - A caller may queue half of the capacity that all others leave free. So no caller can fill the queue: each new one finds capacity, half as
///   much as the one before. An empty queue accepts any cost: otherwise a request above the limit could never be served.
/// - Source: Goyal, Vin & Cheng, "Start-time fair queueing", 1996, with callers as flows of equal weight; max-min fairness over what callers
///   hold as in Bertsekas & Gallager, "Data Networks", 1992, section 6.5.2.
public struct FairShares<Caller: Hashable & Sendable>: Sendable {
    private struct Share: Sendable {
        /// Cost of what waits, and of what was started and not released.
        var waiting = 0
        var held = 0
        /// Cost of what was started, plus that of the least served caller at the time when this one joined.
        var served: Int
        /// Join order; breaks ties.
        let joined: UInt64
    }

    /// Maximum cost of what waits.
    public let capacity: Int
    /// Cost of what waits.
    public private(set) var waiting = 0
    private var shares: [Caller: Share] = [:]
    private var joins: UInt64 = 0

    public init(capacity: Int) { self.capacity = max(0, capacity) }

    /// Queues `cost` for the caller; returns `false`, with no change, if that exceeds its share.
    public mutating func queue(_ cost: Int, for caller: Caller) -> Bool {
        let own = shares[caller]?.waiting ?? 0
        guard waiting == 0 || waiting + cost <= capacity && own + cost <= max(1, (capacity - (waiting - own)) / 2) else { return false }
        waiting += cost
        change(caller) { $0.waiting += cost }
        return true
    }

    /// Removes `cost` of the caller from the queue.
    public mutating func remove(_ cost: Int, of caller: Caller) {
        waiting -= cost
        change(caller) { $0.waiting -= cost }
    }

    /// Counts `cost` as served to the caller, which holds `slots` of something until `release`.
    public mutating func serve(_ cost: Int, to caller: Caller, holding slots: Int = 0) {
        change(caller) { share in
            share.served += cost
            share.held += slots
        }
    }

    /// Releases one of the slots that the caller holds, if any.
    public mutating func release(by caller: Caller) { if shares[caller]?.held ?? 0 > 0 { change(caller) { $0.held -= 1 } } }

    /// The caller to serve next; `nil` if nothing waits.
    public var next: Caller? {
        shares.lazy.filter { $0.value.waiting > 0 }.min {
            ($0.value.held, $0.value.served, $0.value.joined) < ($1.value.held, $1.value.served, $1.value.joined)
        }?.key
    }

    private mutating func change(_ caller: Caller, _ body: (inout Share) -> Void) {
        var share = shares[caller] ?? newShare()
        body(&share)
        shares[caller] = share.waiting == 0 && share.held == 0 ? nil : share
    }

    private mutating func newShare() -> Share {
        joins += 1
        return Share(served: shares.values.lazy.map(\.served).min() ?? 0, joined: joins)
    }
}
