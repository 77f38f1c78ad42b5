/// Decides what is embedded next. Holds lengths, not texts; takes no lock, awaits nothing.
///
/// - Queries come before passages, so a query waits for the batches under way and for earlier queries only.
/// - Within a purpose, requests take turns: one that brings thousands of texts does not hold up one that brings two.
/// - What waits is bounded in tokens; queries have room of their own beyond it.
package struct EncodeQueue {
    package struct Limits: Equatable, Sendable {
        /// Tokens of a batch; a single longer sequence is a batch of its own.
        package var batchTokens = 512
        /// Tokens that may wait.
        package var waitingTokens = 2_097_152
        /// Tokens that queries may wait with beyond `waitingTokens`.
        package var queryReserve = 65_536

        package init() {}
    }

    package typealias RequestID = UInt64

    package enum Admission: Equatable, Sendable { case accepted, full, closed }

    /// One sequence of a request.
    package struct Item: Equatable, Sendable {
        package let request: RequestID
        package let sequence: Int

        package init(request: RequestID, sequence: Int) {
            self.request = request
            self.sequence = sequence
        }
    }

    private struct Waiting {
        let purpose: EmbeddingPurpose
        let lengths: [Int]
        /// The first sequence not yet handed out.
        var next = 0
    }

    let limits: Limits
    /// Batches that may run side by side; a lone small request is spread over them.
    let workers: Int
    private var waiting: [RequestID: Waiting] = [:]
    private var queries: [RequestID] = []
    private var passages: [RequestID] = []
    package private(set) var waitingTokens = 0
    package private(set) var isClosed = false

    package init(limits: Limits = Limits(), workers: Int) {
        self.limits = limits
        self.workers = max(1, workers)
    }

    package var isEmpty: Bool { waiting.isEmpty }

    /// Takes a request in.
    ///
    /// - Parameters:
    ///   - id: not waiting already.
    ///   - lengths: tokens of each sequence, at least one sequence.
    package mutating func arrive(_ id: RequestID, lengths: [Int], purpose: EmbeddingPurpose) -> Admission {
        guard !isClosed else { return .closed }
        let tokens = lengths.reduce(0, +)
        let room = limits.waitingTokens + (purpose == .query ? limits.queryReserve : 0)
        // An empty queue takes any request: one that were always too large could never be served.
        guard waitingTokens == 0 || waitingTokens + tokens <= room else { return .full }
        waiting[id] = Waiting(purpose: purpose, lengths: lengths)
        waitingTokens += tokens
        if purpose == .query { queries.append(id) } else { passages.append(id) }
        return .accepted
    }

    /// Forgets what of a request was not handed out. Does nothing for one that is not waiting.
    package mutating func remove(_ id: RequestID) {
        guard let request = waiting.removeValue(forKey: id) else { return }
        waitingTokens -= request.lengths[request.next...].reduce(0, +)
        queries.removeAll { $0 == id }
        passages.removeAll { $0 == id }
    }

    /// Takes nothing more in and forgets what waits.
    package mutating func close() {
        isClosed = true
        waiting = [:]
        queries = []
        passages = []
        waitingTokens = 0
    }

    /// The sequences to embed together next; empty when nothing waits.
    package mutating func nextBatch() -> [Item] {
        let isQuery = !queries.isEmpty
        var budget = tokenBudget(isQuery ? queries : passages)
        var batch: [Item] = []
        while let id = isQuery ? queries.first : passages.first {
            guard let taken = take(from: id, &budget, isFirst: batch.isEmpty) else { break }
            batch += taken
            turn(id, isQuery)
        }
        return batch
    }

    /// A share of what waits when that is little, so that every worker gets some.
    private func tokenBudget(_ requests: [RequestID]) -> Int {
        var tokens = 0
        for id in requests {
            guard let request = waiting[id] else { continue }
            for length in request.lengths[request.next...] {
                tokens += length
                if tokens >= limits.batchTokens * workers { return limits.batchTokens }
            }
        }
        return (tokens + workers - 1) / workers
    }

    /// The next sequences of one request within the budget; `nil` when not even one fits.
    private mutating func take(from id: RequestID, _ budget: inout Int, isFirst: Bool) -> [Item]? {
        guard var request = waiting[id] else { return nil }
        var taken: [Item] = []
        while request.next < request.lengths.count {
            let length = request.lengths[request.next]
            guard length <= budget || (isFirst && taken.isEmpty) else { break }
            taken.append(Item(request: id, sequence: request.next))
            budget -= length
            waitingTokens -= length
            request.next += 1
        }
        waiting[id] = request.next < request.lengths.count ? request : nil
        return taken.isEmpty ? nil : taken
    }

    /// Moves the request at the head to the end of its line, or out of it when nothing of it is left.
    private mutating func turn(_ id: RequestID, _ isQuery: Bool) {
        let line = isQuery ? \EncodeQueue.queries : \EncodeQueue.passages
        self[keyPath: line].removeFirst()
        if waiting[id] != nil { self[keyPath: line].append(id) }
    }
}
