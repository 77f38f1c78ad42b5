import ByteText

/// The queue of a connection's queries, which decides when each is answered: a plain value that takes no lock and awaits nothing.
///
/// Queries with an ID are answered concurrently. Queries without one are answered one after another in their order, since nothing else
/// tells which answer belongs to which query.
package struct QueryQueue<Query: Sendable>: Sendable {
    package enum Outcome: Sendable {
        case start
        /// The query waits; `finish` returns it later.
        case wait
        case refuse(Refusal)
    }

    package enum Refusal: Hashable, Sendable {
        /// The queue is full.
        case full
        /// A query with that ID is waiting or being answered.
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

    /// Whether a query is being answered.
    package var isBusy: Bool { running > 0 }

    /// - Parameter id: the client's ID of the query; `nil` if it has none.
    package mutating func enqueue(_ query: Query, id: String?) -> Outcome {
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

    /// - Returns: the query to answer next, if any.
    package mutating func finish(id: String?) -> (id: String?, query: Query)? {
        running -= 1
        if let id { names.remove(ByteKey(id)) } else { isUnnamedRunning = false }
        guard running < runningLimit, let place = waiting.firstIndex(where: { $0.id != nil || !isUnnamedRunning }) else { return nil }
        let next = waiting.remove(at: place)
        start(next.id)
        return (next.id, next.query)
    }

    /// Refuses further queries, and removes those that wait.
    ///
    /// - Returns: the queries that waited.
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
