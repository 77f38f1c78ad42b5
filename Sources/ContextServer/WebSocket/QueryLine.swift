import ByteText

/// Decides which queries of a connection are answered at once. Takes no lock and awaits nothing; tested as a plain value.
///
/// Queries with an id are answered beside each other, those without one after another in their order, for nothing else says which
/// answer is whose.
package struct QueryLine<Query: Sendable>: Sendable {
    package enum Arrival: Sendable {
        case start
        /// It comes out of `ended` later.
        case wait
        case refuse(Refusal)
    }

    package enum Refusal: Hashable, Sendable {
        /// As many wait as may.
        case full
        /// A query with that id is under way.
        case idInUse
        case stopping
    }

    private struct Entry {
        let id: String?
        let query: Query
    }

    private let runningLimit: Int
    private let waitingLimit: Int
    private var running = 0
    private var isUnnamedRunning = false
    private var names: Set<ByteKey> = []
    private var waiting: [Entry] = []
    package private(set) var isStopping = false

    package init(running: Int, waiting: Int) { (runningLimit, waitingLimit) = (running, waiting) }

    /// Whether something is being answered.
    package var isBusy: Bool { running > 0 }

    /// - Parameter id: as the client wrote it; `nil` where it gave none.
    package mutating func arrive(_ query: Query, id: String?) -> Arrival {
        if isStopping { return .refuse(.stopping) }
        if let id, names.contains(ByteKey(id)) { return .refuse(.idInUse) }
        guard running < runningLimit, id != nil || !isUnnamedRunning else {
            guard waiting.count < waitingLimit else { return .refuse(.full) }
            if let id { names.insert(ByteKey(id)) }
            waiting.append(Entry(id: id, query: query))
            return .wait
        }
        start(id)
        return .start
    }

    /// - Returns: the query that is to be answered next, if one is.
    package mutating func ended(id: String?) -> (id: String?, query: Query)? {
        running -= 1
        if let id { names.remove(ByteKey(id)) } else { isUnnamedRunning = false }
        guard running < runningLimit, let place = waiting.firstIndex(where: { $0.id != nil || !isUnnamedRunning }) else { return nil }
        let next = waiting.remove(at: place)
        start(next.id)
        return (next.id, next.query)
    }

    /// Takes no more; what waits is let go.
    ///
    /// - Returns: those that waited.
    package mutating func stop() -> [(id: String?, query: Query)] {
        isStopping = true
        defer { waiting = [] }
        return waiting.map { ($0.id, $0.query) }
    }

    private mutating func start(_ id: String?) {
        running += 1
        if let id { names.insert(ByteKey(id)) } else { isUnnamedRunning = true }
    }
}
