/// The requests in progress and the waiters of each. Identical requests are coalesced: several waiters share one request.
///
/// A plain value: takes no lock and calls nobody. `Waiter` is the owner's means of answering, such as a continuation.
package struct PendingRequests<Waiter> {
    package typealias RequestID = EncodeQueue.RequestID
    /// The id of a waiter. A request has the id of its first waiter.
    package typealias WaiterID = EncodeQueue.RequestID

    /// A request whose vectors are complete.
    package struct Finished {
        package let key: QueryKey?
        /// One row per sequence, in order.
        package let vectors: [Float]
        package let waiters: [Waiter]
    }

    private struct Request {
        let sequences: [[Int32]]
        let key: QueryKey?
        var vectors: [Float]
        var missing: Int
        var waiters: [WaiterID: Waiter]
    }

    /// Number of components of a vector.
    private let dimension: Int
    private var requests: [RequestID: Request] = [:]
    private var requestOf: [WaiterID: RequestID] = [:]
    /// The requests in progress that identical ones may join.
    private var shared: [QueryKey: RequestID] = [:]

    package init(dimension: Int) { self.dimension = dimension }

    package var isEmpty: Bool { requests.isEmpty && requestOf.isEmpty && shared.isEmpty }

    /// Adds a waiter to the identical request in progress; returns `false` if there is none.
    package mutating func join(_ id: WaiterID, _ waiter: Waiter, key: QueryKey) -> Bool {
        guard let request = shared[key] else { return false }
        requests[request]?.waiters[id] = waiter
        requestOf[id] = request
        return true
    }

    /// - Parameter key: the key under which identical requests may join; `nil` if none may.
    package mutating func add(_ id: WaiterID, _ waiter: Waiter, _ sequences: [[Int32]], key: QueryKey?) {
        requests[id] = Request(
            sequences: sequences, key: key, vectors: [Float](repeating: 0, count: sequences.count * dimension),
            missing: sequences.count, waiters: [id: waiter])
        requestOf[id] = id
        if let key { shared[key] = id }
    }

    package func tokens(of item: EncodeQueue.Item) -> [Int32]? { requests[item.request]?.sequences[item.sequence] }

    /// - Returns: the waiter, and its request if that has no other waiter and is therefore removed; `nil` for an unknown waiter.
    package mutating func leave(_ id: WaiterID) -> (waiter: Waiter, abandoned: RequestID?)? {
        guard let request = requestOf.removeValue(forKey: id),
            let waiter = requests[request]?.waiters.removeValue(forKey: id)
        else { return nil }
        guard requests[request]?.waiters.isEmpty == true else { return (waiter, nil) }
        forget(request)
        return (waiter, request)
    }

    /// Stores a sequence's vector; drops it if the request has no waiters any more.
    ///
    /// - Returns: the request, if this vector completes it.
    package mutating func deliver(_ vector: ArraySlice<Float>, to item: EncodeQueue.Item) -> Finished? {
        let target = item.sequence * dimension
        requests[item.request]?.vectors.replaceSubrange(target..<target + dimension, with: vector)
        requests[item.request]?.missing -= 1
        guard let request = requests[item.request], request.missing == 0 else { return nil }
        return Finished(key: request.key, vectors: request.vectors, waiters: remove(item.request))
    }

    /// Removes a request.
    ///
    /// - Returns: its waiters; none if there is no such request.
    package mutating func remove(_ id: RequestID) -> [Waiter] {
        let waiters = requests[id]?.waiters ?? [:]
        forget(id)
        for id in waiters.keys { requestOf[id] = nil }
        return Array(waiters.values)
    }

    /// Removes all requests.
    ///
    /// - Returns: all waiters.
    package mutating func removeAll() -> [Waiter] {
        defer { self = PendingRequests(dimension: dimension) }
        return requests.values.flatMap(\.waiters.values)
    }

    private mutating func forget(_ id: RequestID) {
        guard let request = requests.removeValue(forKey: id) else { return }
        if let key = request.key, shared[key] == id { shared[key] = nil }
    }
}
