/// The requests that are not answered yet, and who waits for each. Several wait for one where they asked the same.
///
/// A plain value: takes no lock and calls nobody. `Waiter` is whatever the owner answers by.
package struct PendingRequests<Waiter> {
    package typealias RequestID = EncodeQueue.RequestID
    /// Who waits. A request has the id of who brought it.
    package typealias WaiterID = EncodeQueue.RequestID

    /// A request all of whose vectors are there.
    package struct Finished {
        package let key: QueryKey?
        /// A row a sequence, in order.
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

    /// Components of a vector.
    private let dimension: Int
    private var requests: [RequestID: Request] = [:]
    private var requestOf: [WaiterID: RequestID] = [:]
    /// What is being computed and may be joined.
    private var shared: [QueryKey: RequestID] = [:]

    package init(dimension: Int) { self.dimension = dimension }

    package var isEmpty: Bool { requests.isEmpty && requestOf.isEmpty && shared.isEmpty }

    /// Waits with those who asked the same; `false` where nobody did.
    package mutating func join(_ id: WaiterID, _ waiter: Waiter, key: QueryKey) -> Bool {
        guard let request = shared[key] else { return false }
        requests[request]?.waiters[id] = waiter
        requestOf[id] = request
        return true
    }

    /// - Parameter key: under which others may join; `nil` where none may.
    package mutating func add(_ id: WaiterID, _ waiter: Waiter, _ sequences: [[Int32]], key: QueryKey?) {
        requests[id] = Request(
            sequences: sequences, key: key, vectors: [Float](repeating: 0, count: sequences.count * dimension),
            missing: sequences.count, waiters: [id: waiter])
        requestOf[id] = id
        if let key { shared[key] = id }
    }

    package func tokens(of item: EncodeQueue.Item) -> [Int32]? { requests[item.request]?.sequences[item.sequence] }

    /// - Returns: the waiter, and the request if nobody else waits for it: then it is forgotten. `nil` for who does not wait.
    package mutating func leave(_ id: WaiterID) -> (waiter: Waiter, abandoned: RequestID?)? {
        guard let request = requestOf.removeValue(forKey: id),
            let waiter = requests[request]?.waiters.removeValue(forKey: id)
        else { return nil }
        guard requests[request]?.waiters.isEmpty == true else { return (waiter, nil) }
        forget(request)
        return (waiter, request)
    }

    /// Takes a sequence's vector; drops it where nobody waits any more.
    ///
    /// - Returns: the request, if that was the last.
    package mutating func deliver(_ vector: ArraySlice<Float>, to item: EncodeQueue.Item) -> Finished? {
        let target = item.sequence * dimension
        requests[item.request]?.vectors.replaceSubrange(target..<target + dimension, with: vector)
        requests[item.request]?.missing -= 1
        guard let request = requests[item.request], request.missing == 0 else { return nil }
        forget(item.request)
        for id in request.waiters.keys { requestOf[id] = nil }
        return Finished(key: request.key, vectors: request.vectors, waiters: Array(request.waiters.values))
    }

    /// Forgets everything.
    ///
    /// - Returns: all who waited.
    package mutating func removeAll() -> [Waiter] {
        defer { self = PendingRequests(dimension: dimension) }
        return requests.values.flatMap(\.waiters.values)
    }

    private mutating func forget(_ id: RequestID) {
        guard let request = requests.removeValue(forKey: id) else { return }
        if let key = request.key, shared[key] == id { shared[key] = nil }
    }
}
