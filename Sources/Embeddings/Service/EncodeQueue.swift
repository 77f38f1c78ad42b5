/// The queue of sequences to embed. It holds lengths, not texts; it takes no lock and awaits nothing.
///
/// - Urgent requests have their own lane, so that a query waits only for other queries. Queries and plain texts are urgent if the request
///   is a single text or has at most `batchTokens`. The threads of the other lane have a lower priority.
/// - Each lane is fair between callers, and between the requests of one caller: see `SequenceQueue`.
/// - The waiting tokens of each lane are limited, in total and per caller.
package struct EncodeQueue {
    package struct Limits: Equatable, Sendable {
        /// Maximum number of tokens in a batch; a single longer sequence is a batch of its own.
        package var batchTokens = 512
        /// Maximum number of tokens in an urgent batch; a single longer sequence is a batch of its own. A query waits for the running
        /// batch of another caller's queries, so urgent batches are short.
        package var urgentBatchTokens = 128
        /// Maximum number of tokens waiting in requests that are not urgent. A sequence counts as at least 32. Half of this limit
        /// holds the largest possible request, 4,096 texts of 512 tokens.
        package var waitingTokens = 4_194_304
        /// Maximum number of tokens waiting in urgent requests, counted the same way.
        package var urgentTokens = 262_144

        package init() {}
    }

    package typealias RequestID = UInt64

    package enum Lane: Int, CaseIterable, Sendable { case urgent, others }

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

    let limits: Limits
    /// Number of batches of a lane that may run concurrently; a lone small request is divided among them.
    let workers: Int
    private var urgent: SequenceQueue
    private var others: SequenceQueue
    package private(set) var isClosed = false

    package init(limits: Limits = Limits(), workers: Int) {
        self.limits = limits
        self.workers = max(1, workers)
        urgent = SequenceQueue(capacity: limits.urgentTokens)
        others = SequenceQueue(capacity: limits.waitingTokens)
    }

    package var isEmpty: Bool { urgent.isEmpty && others.isEmpty }
    package var waitingTokens: Int { urgentTokens + otherTokens }
    package var urgentTokens: Int { urgent.tokens }
    package var otherTokens: Int { others.tokens }

    /// Adds a request to its lane.
    ///
    /// - Parameters:
    ///   - id: an id that is not waiting yet.
    ///   - lengths: number of tokens of each sequence; at least one sequence.
    /// - Returns: `.full` if the request exceeds the caller's limit in the lane.
    package mutating func arrive(
        _ id: RequestID, lengths: [Int], purpose: EmbeddingPurpose, caller: EmbeddingCaller
    ) -> Admission {
        guard !isClosed else { return .closed }
        let isTaken =
            isUrgent(lengths, purpose)
            ? urgent.arrive(id, lengths: lengths, caller: caller) : others.arrive(id, lengths: lengths, caller: caller)
        return isTaken ? .accepted : .full
    }

    /// Removes the sequences of a request that were not handed out yet. Does nothing if the request is not waiting.
    package mutating func remove(_ id: RequestID) {
        urgent.remove(id)
        others.remove(id)
    }

    /// Rejects new requests and removes the waiting ones.
    package mutating func close() {
        isClosed = true
        urgent = SequenceQueue(capacity: 0)
        others = SequenceQueue(capacity: 0)
    }

    /// Removes and returns the next batch of sequences of a lane; empty if none waits.
    package mutating func nextBatch(_ lane: Lane) -> [Item] {
        switch lane {
        case .urgent: batch(from: &urgent, upTo: min(limits.batchTokens, limits.urgentBatchTokens))
        case .others: batch(from: &others, upTo: limits.batchTokens)
        }
    }

    /// Returns whether no sequence waits in a lane.
    func isEmpty(_ lane: Lane) -> Bool { lane == .urgent ? urgent.isEmpty : others.isEmpty }

    /// Returns the lane in which a request of such texts waits.
    package func lane(of lengths: [Int], _ purpose: EmbeddingPurpose) -> Lane { isUrgent(lengths, purpose) ? .urgent : .others }

    private func isUrgent(_ lengths: [Int], _ purpose: EmbeddingPurpose) -> Bool {
        switch purpose {
        case .query, .plain: lengths.count == 1 || lengths.reduce(0, +) <= limits.batchTokens
        case .passage: false
        }
    }

    private func batch(from queue: inout SequenceQueue, upTo maximum: Int) -> [Item] {
        var budget = tokenBudget(queue.tokens, maximum)
        var batch: [Item] = []
        while true {
            let before = queue.tokens
            guard let item = queue.next(within: batch.isEmpty ? .max : budget) else { return batch }
            batch.append(item)
            budget -= before - queue.tokens
        }
    }

    /// Returns the token limit of the next batch: an equal share of few waiting tokens, so that every worker gets some.
    private func tokenBudget(_ tokens: Int, _ maximum: Int) -> Int {
        tokens >= maximum * workers ? maximum : (tokens + workers - 1) / workers
    }
}
