package import Scheduling

/// The documents that wait, in fair order: round-robin between clients, in order of arrival within one. A plain value that reads no clock.
package struct ExtractionTurns<Job> {
    private struct Client {
        var waiting: [(id: UInt64, job: Job)] = []
        var first = 0
        var running = 0

        var isWaiting: Bool { first < waiting.count }
    }

    /// Maximum number of one client's documents that are read at the same time.
    package let clientLimit: Int
    /// Maximum number of waiting documents.
    package let queueLimit: Int
    package private(set) var waiting = 0
    private var clients: [WorkKey: Client] = [:]
    /// The clients that wait, next one first.
    private var order: [WorkKey] = []

    package init(clientLimit: Int, queueLimit: Int) { (self.clientLimit, self.queueLimit) = (clientLimit, queueLimit) }

    /// - Returns: `false` if too many wait.
    package mutating func arrive(_ id: UInt64, _ job: Job, for key: WorkKey) -> Bool {
        guard waiting < queueLimit else { return false }
        waiting += 1
        if clients[key]?.isWaiting != true { order.append(key) }
        clients[key, default: Client()].waiting.append((id, job))
        return true
    }

    /// Returns the document to read now, if there is one.
    ///
    /// - Parameter key: the client to continue with, if it has another one and may; else the next client of the round begins.
    package mutating func next(continuing key: WorkKey?) -> (key: WorkKey, job: Job)? {
        let place = key.flatMap { key in order.firstIndex { $0 == key && canStart($0) } } ?? order.firstIndex(where: canStart)
        guard let place else { return nil }
        let key = order.remove(at: place)
        guard let job = take(from: key) else { return nil }
        if clients[key]?.isWaiting == true { order.append(key) }
        return (key, job)
    }

    /// Must be called once for each document that `next` returned.
    package mutating func finish(_ key: WorkKey) {
        clients[key]?.running -= 1
        forget(key)
    }

    /// Removes a waiting document; returns `nil` if it does not wait.
    package mutating func remove(_ id: UInt64, of key: WorkKey) -> Job? {
        guard let client = clients[key], let place = client.waiting[client.first...].firstIndex(where: { $0.id == id }) else { return nil }
        waiting -= 1
        let job = clients[key]?.waiting.remove(at: place).job
        if clients[key]?.isWaiting != true { order.removeAll { $0 == key } }
        forget(key)
        return job
    }

    private func canStart(_ key: WorkKey) -> Bool { clients[key].map { $0.running < clientLimit } ?? false }

    private mutating func take(from key: WorkKey) -> Job? {
        guard var client = clients[key], client.isWaiting else { return nil }
        clients[key] = nil
        let job = client.waiting[client.first].job
        client.first += 1
        client.running += 1
        if client.first > 64 || !client.isWaiting {
            client.waiting.removeFirst(client.first)
            client.first = 0
        }
        clients[key] = client
        waiting -= 1
        return job
    }

    private mutating func forget(_ key: WorkKey) {
        if let client = clients[key], client.running == 0, !client.isWaiting { clients[key] = nil }
    }
}
