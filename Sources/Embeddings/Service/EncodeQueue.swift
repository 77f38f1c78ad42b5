/// Decides what is embedded next. Holds lengths, not texts; takes no lock, awaits nothing.
///
/// - Urgent requests have a lane of their own, so that a query waits for other queries only. Urgent is what someone waits for and what
///   is short: queries and plain texts, alone or in one batch together. The threads of the other lane have a lower priority.
/// - Callers take turns, and so do the requests of one caller: `FairLine`.
/// - What waits is bounded in tokens, apart for the urgent and for the others, and a caller has a share of each.
package struct EncodeQueue {
    package struct Limits: Equatable, Sendable {
        /// Tokens of a batch; a single longer sequence is a batch of its own.
        package var batchTokens = 512
        /// Tokens that may wait in requests that are not urgent. A sequence counts as 32 at least. Half of it holds the
        /// largest request there may be, 4,096 texts of 512 tokens.
        package var waitingTokens = 4_194_304
        /// Tokens that may wait in urgent requests, counted the same way.
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
    /// Batches of a lane that may run side by side; a lone small request is spread over them.
    let workers: Int
    private var urgent: FairLine
    private var others: FairLine
    package private(set) var isClosed = false

    package init(limits: Limits = Limits(), workers: Int) {
        self.limits = limits
        self.workers = max(1, workers)
        urgent = FairLine(room: limits.urgentTokens)
        others = FairLine(room: limits.waitingTokens)
    }

    package var isEmpty: Bool { urgent.isEmpty && others.isEmpty }
    package var waitingTokens: Int { urgentTokens + otherTokens }
    package var urgentTokens: Int { urgent.tokens }
    package var otherTokens: Int { others.tokens }

    /// Takes a request in.
    ///
    /// - Parameters:
    ///   - id: not waiting already.
    ///   - lengths: tokens of each sequence, at least one sequence.
    /// - Returns: `.full` where the caller's share of what may wait does not hold it.
    package mutating func arrive(
        _ id: RequestID, lengths: [Int], purpose: EmbeddingPurpose, caller: EmbeddingCaller
    ) -> Admission {
        guard !isClosed else { return .closed }
        let isTaken =
            isUrgent(lengths, purpose)
            ? urgent.arrive(id, lengths: lengths, caller: caller) : others.arrive(id, lengths: lengths, caller: caller)
        return isTaken ? .accepted : .full
    }

    /// Forgets what of a request was not handed out. Does nothing for one that is not waiting.
    package mutating func remove(_ id: RequestID) {
        urgent.remove(id)
        others.remove(id)
    }

    /// Takes nothing more in and forgets what waits.
    package mutating func close() {
        isClosed = true
        urgent = FairLine(room: 0)
        others = FairLine(room: 0)
    }

    /// The sequences of a lane to embed together next; empty when nothing waits there.
    package mutating func nextBatch(_ lane: Lane) -> [Item] {
        switch lane {
        case .urgent: batch(from: &urgent)
        case .others: batch(from: &others)
        }
    }

    /// Whether nothing waits in a lane.
    func isEmpty(_ lane: Lane) -> Bool { lane == .urgent ? urgent.isEmpty : others.isEmpty }

    /// The lane in which a request of such texts waits.
    package func lane(of lengths: [Int], _ purpose: EmbeddingPurpose) -> Lane { isUrgent(lengths, purpose) ? .urgent : .others }

    private func isUrgent(_ lengths: [Int], _ purpose: EmbeddingPurpose) -> Bool {
        switch purpose {
        case .query, .plain: lengths.count == 1 || lengths.reduce(0, +) <= limits.batchTokens
        case .passage: false
        }
    }

    private func batch(from line: inout FairLine) -> [Item] {
        var budget = tokenBudget(line.tokens)
        var batch: [Item] = []
        while true {
            let before = line.tokens
            guard let item = line.next(within: batch.isEmpty ? .max : budget) else { return batch }
            batch.append(item)
            budget -= before - line.tokens
        }
    }

    /// A share of what waits when that is little, so that every worker gets some.
    private func tokenBudget(_ tokens: Int) -> Int {
        tokens >= limits.batchTokens * workers ? limits.batchTokens : (tokens + workers - 1) / workers
    }
}
