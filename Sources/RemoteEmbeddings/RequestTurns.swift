package import Embeddings

/// Decides which request goes to the provider next. Takes no lock, awaits nothing; tested as a plain value.
///
/// - Queries come before passages, and one place is kept for them where there is more than one: a query waits for queries only.
/// - Callers take turns within each kind, a request a turn: one who brings hundreds does not hold up one who brings two.
/// - What waits is bounded. A caller may hold half of the room that all others leave, so nobody can fill it.
package struct RequestTurns {
    package enum Kind: Sendable, CaseIterable { case query, passage }
    package enum Admission: Equatable, Sendable { case start, wait, full, closed }
    package typealias Ticket = UInt64

    /// The requests of one kind that wait: callers in the order of their turns, each with requests in order.
    private struct Line {
        var turns: [EmbeddingCaller] = []
        var waiting: [EmbeddingCaller: [Ticket]] = [:]
        var count = 0

        mutating func append(_ ticket: Ticket, of caller: EmbeddingCaller) {
            if waiting[caller] == nil { turns.append(caller) }
            waiting[caller, default: []].append(ticket)
            count += 1
        }

        mutating func next() -> Ticket? {
            guard let caller = turns.first, let ticket = waiting[caller]?.first else { return nil }
            turns.removeFirst()
            waiting[caller]?.removeFirst()
            if waiting[caller]?.isEmpty == true { waiting[caller] = nil } else { turns.append(caller) }
            count -= 1
            return ticket
        }

        mutating func remove(_ ticket: Ticket, of caller: EmbeddingCaller) -> Bool {
            guard let place = waiting[caller]?.firstIndex(of: ticket) else { return false }
            waiting[caller]?.remove(at: place)
            if waiting[caller]?.isEmpty == true {
                waiting[caller] = nil
                turns.removeAll { $0 == caller }
            }
            count -= 1
            return true
        }
    }

    let width: Int
    /// Requests of one kind that may wait.
    let room: Int
    private var lines: [Kind: Line] = [:]
    private var running: [Kind: Int] = [:]
    private var isClosed = false

    /// - Parameters:
    ///   - width: requests under way at once, at least 1.
    ///   - room: requests of each kind that may wait.
    package init(width: Int, room: Int = 4096) {
        self.width = max(1, width)
        self.room = room
    }

    package var waitingCount: Int { lines.values.reduce(0) { $0 + $1.count } }
    package var runningCount: Int { running.values.reduce(0, +) }

    /// A request comes: it may start now, or waits until `leave` names its ticket.
    package mutating func arrive(_ ticket: Ticket, caller: EmbeddingCaller, kind: Kind) -> Admission {
        guard !isClosed else { return .closed }
        var line = lines[kind] ?? Line()
        if line.count == 0 && hasPlace(for: kind) {
            running[kind, default: 0] += 1
            return .start
        }
        let own = line.waiting[caller]?.count ?? 0
        guard own + 1 <= (room - (line.count - own)) / 2 else { return .full }
        line.append(ticket, of: caller)
        lines[kind] = line
        return .wait
    }

    /// A request that was under way has ended.
    ///
    /// - Returns: those that start now.
    package mutating func leave(_ kind: Kind) -> [Ticket] {
        running[kind] = max(0, (running[kind] ?? 0) - 1)
        var started: [Ticket] = []
        for kind in Kind.allCases {
            while hasPlace(for: kind), let ticket = lines[kind]?.next() {
                running[kind, default: 0] += 1
                started.append(ticket)
            }
        }
        return started
    }

    /// Forgets a request that waits.
    ///
    /// - Returns: whether it did; if not, it is under way or gone.
    package mutating func remove(_ ticket: Ticket, caller: EmbeddingCaller, kind: Kind) -> Bool {
        lines[kind]?.remove(ticket, of: caller) ?? false
    }

    /// Takes nothing more in and forgets what waits.
    package mutating func close() {
        isClosed = true
        lines = [:]
    }

    private func hasPlace(for kind: Kind) -> Bool {
        switch kind {
        case .query: runningCount < width
        case .passage: runningCount < width && running[.passage, default: 0] < max(1, width - 1)
        }
    }
}
