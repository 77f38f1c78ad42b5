package import Embeddings

/// The fair queue of requests to the provider, with a concurrency limit. A plain value: it takes no lock and awaits nothing.
///
/// - Queries have priority over passages, and one of several places is reserved for them: a query waits only for other queries.
/// - Each kind is round-robin between callers, one request each: a caller with hundreds of requests does not delay one with two.
/// - The queue is bounded. A caller may hold half of the capacity that all others leave free, so no caller can fill it.
package struct RequestTurns {
    package enum Kind: Sendable, CaseIterable { case query, passage }
    package enum Admission: Equatable, Sendable { case start, wait, full, closed }
    package typealias Ticket = UInt64

    /// The queue of one kind: the callers in round-robin order, each with its requests in order.
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
    /// Maximum number of waiting requests of each kind.
    let room: Int
    private var lines: [Kind: Line] = [:]
    private var running: [Kind: Int] = [:]
    private var isClosed = false

    /// - Parameters:
    ///   - width: maximum number of concurrent requests, at least 1.
    ///   - room: maximum number of waiting requests of each kind.
    package init(width: Int, room: Int = 4096) {
        self.width = max(1, width)
        self.room = room
    }

    package var waitingCount: Int { lines.values.reduce(0) { $0 + $1.count } }
    package var runningCount: Int { running.values.reduce(0, +) }

    /// Adds a request: it starts now, or waits until `leave` returns its ticket.
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

    /// Ends a running request.
    ///
    /// - Returns: the tickets of the requests that start now.
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

    /// Removes a waiting request.
    ///
    /// - Returns: whether the request was waiting; if not, it is running or has ended.
    package mutating func remove(_ ticket: Ticket, caller: EmbeddingCaller, kind: Kind) -> Bool {
        lines[kind]?.remove(ticket, of: caller) ?? false
    }

    /// Rejects new requests and removes the waiting ones.
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
