internal import Foundation
internal import Synchronization
internal import Telemetry
internal import Workers

/// Runs the encoder on threads of its own and hands each caller its vectors.
///
/// Each worker takes a batch, runs the whole forward pass over it with its own scratch memory, and takes the next; when
/// nothing is left for the others, they help with the pass: a lone query is shared by all. The threads live as long as
/// the service: `close()` ends them after the batch under way.
///
/// Urgent requests have as many threads as the others. Those of the others have a lower priority: a query is computed at once, and
/// an ingest uses what is left of the processors.
final class EncoderService: Sendable {
    typealias RequestID = EncodeQueue.RequestID
    private typealias Waiter = CheckedContinuation<[Float], any Error>

    /// What a worker does next.
    private enum Job {
        case lead([EncodeQueue.Item], ForwardPass)
        case help(ForwardPass, share: Int)
    }

    /// The workers of one lane.
    private struct Crew {
        /// Workers that lead or help a pass.
        var busy = 0
        /// The pass that idle workers may help with, and the next one's share of it.
        var open: (pass: ForwardPass, nextShare: Int)?
    }

    private struct State {
        var queue: EncodeQueue
        var urgent = Crew()
        var others = Crew()
        var pending: PendingRequests<Waiter>
        var cache: VectorCache
        var lastID: RequestID = 0
        /// When requests came of which nothing was taken up yet.
        var arrivals: [RequestID: ContinuousClock.Instant] = [:]
        var statistics = EncoderStatistics()

        subscript(lane: EncodeQueue.Lane) -> Crew {
            get { lane == .urgent ? urgent : others }
            set { if lane == .urgent { urgent = newValue } else { others = newValue } }
        }
    }

    private let encoder: BertEncoder
    private let workers: Int
    private let state: Mutex<State>
    /// Count reasons to look at a lane of the queue; a look that finds nothing costs a lock.
    private let urgentWork = DispatchSemaphore(value: 0)
    private let otherWork = DispatchSemaphore(value: 0)

    /// - Parameter cacheBytes: that the vectors of the latest queries may take.
    init(_ encoder: BertEncoder, threads: Int, limits: EncodeQueue.Limits, cacheBytes: Int) {
        self.encoder = encoder
        workers = max(1, threads)
        state = Mutex(
            State(
                queue: EncodeQueue(limits: limits, workers: max(1, threads)),
                pending: PendingRequests(dimension: encoder.sizes.hiddenSize), cache: VectorCache(capacity: cacheBytes)))
    }

    /// Starts the threads; called once, by the owner.
    func start() {
        for lane in EncodeQueue.Lane.allCases {
            for index in 0..<workers {
                let thread = Thread { [self] in
                    if lane == .others { ThreadPriority.lower() }
                    runWorker(lane)
                }
                thread.name = lane == .urgent ? "embed-\(index)" : "embed-bg-\(index)"
                thread.start()
            }
        }
    }

    /// Refuses new requests, fails the waiting ones and lets the threads end.
    func close() {
        let orphans = state.withLock { state in
            state.queue.close()
            state.cache = VectorCache(capacity: 0)
            state.arrivals = [:]
            return state.pending.removeAll()
        }
        for orphan in orphans { orphan.resume(throwing: Self.shuttingDown) }
        for lane in EncodeQueue.Lane.allCases { for _ in 0..<workers { work(in: lane).signal() } }
    }

    private func work(in lane: EncodeQueue.Lane) -> DispatchSemaphore { lane == .urgent ? urgentWork : otherWork }

    var statistics: EncoderStatistics {
        state.withLock { state in
            var statistics = state.statistics
            (statistics.urgentTokens, statistics.otherTokens) = (state.queue.urgentTokens, state.queue.otherTokens)
            return statistics
        }
    }

    /// The vectors of sequences that were checked against the model.
    ///
    /// A lone text that is no passage is not computed again while its vector is in the cache, nor computed twice at a time:
    /// who asks the same as the same caller meanwhile waits for the first answer, and gets it or the error. Who leaves
    /// takes nobody along.
    func encode(_ sequences: [[Int32]], purpose: EmbeddingPurpose, caller: EmbeddingCaller) async throws -> [Float] {
        guard let first = sequences.first else { return [] }
        let key = sequences.count == 1 && purpose != .passage ? QueryKey(caller: caller, tokens: first) : nil
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                submit(id, sequences, purpose, caller, key, waiter)
            }
        } onCancel: {
            cancel(id)
        }
    }

    private enum Submission { case known([Float]), joined, queued(EncodeQueue.Lane), refused(EmbeddingError) }

    private func submit(
        _ id: RequestID, _ sequences: [[Int32]], _ purpose: EmbeddingPurpose, _ caller: EmbeddingCaller, _ key: QueryKey?,
        _ waiter: Waiter
    ) {
        guard !Task.isCancelled else { return waiter.resume(throwing: Self.cancelled) }
        let submission = state.withLock { state -> Submission in
            guard !state.queue.isClosed else { return .refused(Self.shuttingDown) }
            if let key, let vector = state.cache.vector(for: key) {
                state.statistics.remembered += 1
                return .known(vector)
            }
            if let key, state.pending.join(id, waiter, key: key) {
                state.statistics.joined += 1
                return .joined
            }
            let lengths = sequences.map(\.count)
            switch state.queue.arrive(id, lengths: lengths, purpose: purpose, caller: caller) {
            case .accepted:
                state.pending.add(id, waiter, sequences, key: key)
                state.arrivals[id] = .now
                return .queued(state.queue.lane(of: lengths, purpose))
            case .full: return .refused(EmbeddingError(.overloaded, "\(sequences.count) more sequences than may wait"))
            case .closed: return .refused(Self.shuttingDown)
            }
        }
        switch submission {
        case .known(let vector): return waiter.resume(returning: vector)
        case .joined: break
        // One sequence may occupy several: the others help.
        case .queued(let lane): for _ in 0..<min(workers, max(sequences.count, ForwardPass.maxShares)) { work(in: lane).signal() }
        case .refused(let error): return waiter.resume(throwing: error)
        }
        // A cancellation between the first look and the request's arrival found nothing to cancel.
        if Task.isCancelled { cancel(id) }
    }

    private func cancel(_ id: RequestID) {
        let waiter = state.withLock { state -> Waiter? in
            guard let (waiter, abandoned) = state.pending.leave(id) else { return nil }
            if let abandoned {
                state.queue.remove(abandoned)
                state.arrivals[abandoned] = nil
            }
            return waiter
        }
        waiter?.resume(throwing: Self.cancelled)
    }

    private static let cancelled = EmbeddingError(.cancelled, "the caller's task was cancelled")
    private static let shuttingDown = EmbeddingError(.shuttingDown, "the encoder stopped")

    private func runWorker(_ lane: EncodeQueue.Lane) {
        let scratch = EncoderScratch()
        while true {
            work(in: lane).wait()
            while let job = nextJob(lane, scratch) {
                switch job {
                case .lead(let items, let pass): finish(items, pass.lead())
                case .help(let pass, let share): pass.help(share: share)
                }
                rest(from: job, lane)
            }
            if state.withLock({ $0.queue.isClosed }) { return }
        }
    }

    /// A batch to lead, or else a pass to help with; `nil` when there is neither.
    private func nextJob(_ lane: EncodeQueue.Lane, _ scratch: EncoderScratch) -> Job? {
        state.withLock { state in
            guard let job = nextBatch(lane, &state, scratch) ?? nextShare(lane, &state) else { return nil }
            state[lane].busy += 1
            return job
        }
    }

    private func nextBatch(_ lane: EncodeQueue.Lane, _ state: inout State, _ scratch: EncoderScratch) -> Job? {
        let items = state.queue.nextBatch(lane)
        guard !items.isEmpty else { return nil }
        for item in items where item.sequence == 0 {
            if let arrival = state.arrivals.removeValue(forKey: item.request) { state.statistics.waits.record(arrival.duration(to: .now)) }
        }
        // Requests leave `pending` and the queue together, so every item's request is there.
        let tokens = PackedTokens(items.lazy.compactMap { [pending = state.pending] in pending.tokens(of: $0) })
        let isLast = state.queue.isEmpty(lane) && state[lane].open == nil
        let pass = ForwardPass(encoder, tokens, scratch, shares: isLast ? workers - state[lane].busy : 1)
        if pass.shares > 1 { state[lane].open = (pass, 1) }
        return .lead(items, pass)
    }

    private func nextShare(_ lane: EncodeQueue.Lane, _ state: inout State) -> Job? {
        guard let (pass, share) = state[lane].open, share < pass.shares else { return nil }
        state[lane].open = (pass, share + 1)
        return .help(pass, share: share)
    }

    private func rest(from job: Job, _ lane: EncodeQueue.Lane) {
        state.withLock { state in
            state[lane].busy -= 1
            if case .lead(_, let pass) = job, state[lane].open?.pass === pass { state[lane].open = nil }
        }
    }

    /// Hands out a batch's vectors; those that nobody waits for any more are dropped.
    private func finish(_ items: [EncodeQueue.Item], _ vectors: [Float]) {
        let size = encoder.sizes.hiddenSize
        let done = state.withLock { state in
            state.statistics.computed += items.count
            state.statistics.batches += 1
            var done: [PendingRequests<Waiter>.Finished] = []
            for (row, item) in items.enumerated() {
                guard let finished = state.pending.deliver(vectors[row * size..<(row + 1) * size], to: item) else { continue }
                // In the same breath as the request goes, so that who asks next finds the one or the other.
                if let key = finished.key, finished.vectors.allSatisfy(\.isFinite) { state.cache.insert(finished.vectors, for: key) }
                done.append(finished)
            }
            return done
        }
        for request in done { Self.answer(request) }
    }

    private static func answer(_ request: PendingRequests<Waiter>.Finished) {
        let isSound = request.vectors.allSatisfy(\.isFinite)
        for waiter in request.waiters {
            if isSound {
                waiter.resume(returning: request.vectors)
            } else {
                waiter.resume(throwing: EmbeddingError(.notFinite, "the model gave NaN or ∞"))
            }
        }
    }
}
