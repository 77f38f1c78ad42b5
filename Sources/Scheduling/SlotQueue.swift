/// The fair queue of a limited number of concurrency slots. A plain value: it takes no lock and resumes no task.
///
/// - Interactive requests have priority over those in the background, and one of several slots is reserved for them: an interactive request
///   waits only for other interactive ones.
/// - Each priority is fair between callers, as `FairShares` says; within a caller, first come, first served.
public struct SlotQueue<Caller: Hashable & Sendable>: Sendable {
    public enum Admission: Hashable, Sendable { case start, wait, full, closed }
    public typealias Ticket = UInt64

    private struct Lane: Sendable {
        var shares: FairShares<Caller>
        var tickets: [Caller: [Ticket]] = [:]
        var running = 0

        mutating func start(_ caller: Caller) {
            running += 1
            shares.serve(1, to: caller, holding: 1)
        }

        mutating func startNext() -> Ticket? {
            guard let caller = shares.next, let ticket = tickets[caller]?.removeFirst() else { return nil }
            if tickets[caller]?.isEmpty == true { tickets[caller] = nil }
            start(caller)
            shares.remove(1, of: caller)
            return ticket
        }
    }

    public let slots: Int
    private let capacity: Int
    private var lanes: [Lane]
    private var isClosed = false

    /// - Parameters:
    ///   - slots: maximum number of concurrent requests, at least 1.
    ///   - capacity: maximum number of waiting requests of each priority.
    public init(slots: Int, capacity: Int) {
        (self.slots, self.capacity) = (max(1, slots), capacity)
        lanes = RequestPriority.allCases.map { _ in Lane(shares: FairShares(capacity: capacity)) }
    }

    public var running: Int { lanes.reduce(0) { $0 + $1.running } }
    public var waiting: Int { lanes.reduce(0) { $0 + $1.shares.waiting } }

    /// Adds a request: it starts now, or waits until `leave` returns its ticket. The ticket must be new.
    public mutating func arrive(_ ticket: Ticket, _ caller: Caller, _ priority: RequestPriority) -> Admission {
        guard !isClosed else { return .closed }
        if lanes[priority.rawValue].shares.waiting == 0, hasSlot(for: priority) {
            lanes[priority.rawValue].start(caller)
            return .start
        }
        guard capacity > 0, lanes[priority.rawValue].shares.queue(1, for: caller) else { return .full }
        lanes[priority.rawValue].tickets[caller, default: []].append(ticket)
        return .wait
    }

    /// Ends a running request.
    ///
    /// - Returns: the tickets of the requests that start now.
    public mutating func leave(_ caller: Caller, _ priority: RequestPriority) -> [Ticket] {
        guard lanes[priority.rawValue].running > 0 else { return [] }
        lanes[priority.rawValue].running -= 1
        lanes[priority.rawValue].shares.release(by: caller)
        var started: [Ticket] = []
        for priority in RequestPriority.allCases {
            while hasSlot(for: priority), let ticket = lanes[priority.rawValue].startNext() { started.append(ticket) }
        }
        return started
    }

    /// Removes a waiting request; returns `false` if it is not waiting.
    public mutating func remove(_ ticket: Ticket, _ caller: Caller, _ priority: RequestPriority) -> Bool {
        guard let place = lanes[priority.rawValue].tickets[caller]?.firstIndex(of: ticket) else { return false }
        lanes[priority.rawValue].tickets[caller]?.remove(at: place)
        if lanes[priority.rawValue].tickets[caller]?.isEmpty == true { lanes[priority.rawValue].tickets[caller] = nil }
        lanes[priority.rawValue].shares.remove(1, of: caller)
        return true
    }

    /// Rejects new requests and removes the waiting ones.
    public mutating func close() {
        isClosed = true
        for index in lanes.indices {
            for (caller, tickets) in lanes[index].tickets { lanes[index].shares.remove(tickets.count, of: caller) }
            lanes[index].tickets = [:]
        }
    }

    private func hasSlot(for priority: RequestPriority) -> Bool {
        switch priority {
        case .interactive: running < slots
        case .background: running < slots && lanes[priority.rawValue].running < max(1, slots - 1)
        }
    }
}

/// The priority of a request for a slot.
public enum RequestPriority: Int, CaseIterable, Sendable { case interactive, background }
