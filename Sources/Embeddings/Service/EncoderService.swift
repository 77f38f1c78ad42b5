internal import Foundation
internal import Scheduling
internal import Synchronization
internal import Telemetry

/// A service that runs the encoder on its own threads and returns the vectors to each caller.
///
/// Each worker takes a batch, runs the whole forward pass over it with its own scratch memory, and takes the next. When the
/// queue is empty, idle workers help with the last pass, so that several threads share a lone query. The threads live until
/// `close()`, which ends them after the batch in progress.
///
/// Both lanes have the same number of threads. Those for requests that are not urgent have a lower priority: a query is computed at
/// once, and ingest uses the remaining processor time.
final class EncoderService: Sendable {
    typealias RequestID = EncodeQueue.RequestID
    private typealias Waiter = CheckedContinuation<[Float], any Error>

    /// The next job of a worker.
    private enum Job {
        case lead([EncodeQueue.Item], ForwardPass)
        case help(ForwardPass, share: Int)
    }

    /// The workers of one lane.
    private struct Crew {
        /// Number of workers that lead or help a pass.
        var busy = 0
        /// The pass that idle workers may help with, and the share of its next helper.
        var open: (pass: ForwardPass, nextShare: Int)?
    }

    private struct State {
        var queue: EncodeQueue
        var urgent = Crew()
        var others = Crew()
        var pending: PendingRequests<Waiter>
        var cache: VectorCache
        var lastID: RequestID = 0
        /// Arrival times of the requests of which no sequence was taken yet.
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
    /// Signalled when a lane of the queue may have work; a spurious wake-up costs one lock.
    private let urgentWork = DispatchSemaphore(value: 0)
    private let otherWork = DispatchSemaphore(value: 0)

    /// - Parameter cacheBytes: maximum size of the query vector cache, in bytes.
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
                let name = lane == .urgent ? "embed-\(index)" : "embed-bg-\(index)"
                let thread = Thread { [self] in
                    // Set the name on the thread itself: before it runs, there is no thread to name.
                    Thread.current.name = name
                    if lane == .others { ThreadPriority.lower() }
                    runWorker(lane)
                }
                thread.start()
            }
        }
    }

    /// Rejects new requests, fails the waiting ones and ends the threads.
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

    /// Returns the vectors of sequences, which must have been checked against the model.
    ///
    /// A single text that is not a passage is served from the vector cache if possible, and identical requests of one caller are
    /// coalesced: a later request waits for the first one, and gets its vector or its error. Cancelling one of them does not
    /// cancel the others.
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
            case .full: return .refused(EmbeddingError(.overloaded, "the embedding queue has no room for \(sequences.count) sequences"))
            case .closed: return .refused(Self.shuttingDown)
            }
        }
        switch submission {
        case .known(let vector): return waiter.resume(returning: vector)
        case .joined: break
        // Several workers may share one sequence: wakes helpers too.
        case .queued(let lane): for _ in 0..<min(workers, max(sequences.count, ForwardPass.maxShares)) { work(in: lane).signal() }
        case .refused(let error): return waiter.resume(throwing: error)
        }
        // Handles a cancellation between the first check and the request's arrival in the queue.
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
    private static let shuttingDown = EmbeddingError(.shuttingDown, "the encoder is shutting down")

    private func runWorker(_ lane: EncodeQueue.Lane) {
        let scratch = EncoderScratch()
        while true {
            work(in: lane).wait()
            while let job = nextJob(lane, scratch) {
                switch job {
                case .lead(let items, let pass): run(pass, items)
                case .help(let pass, let share): pass.help(share: share)
                }
                rest(from: job, lane)
            }
            if state.withLock({ $0.queue.isClosed }) { return }
        }
    }

    /// Returns a batch to lead, or else a pass to help with; `nil` if there is neither.
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

    private func run(_ pass: ForwardPass, _ items: [EncodeQueue.Item]) {
        do throws(EmbeddingError) {
            finish(items, try pass.lead())
        } catch {
            fail(items, error)
        }
    }

    /// Fails the requests of a batch, with their sequences that still wait.
    private func fail(_ items: [EncodeQueue.Item], _ error: EmbeddingError) {
        let waiters = state.withLock { state in
            var waiters: [Waiter] = []
            for request in Set(items.map(\.request)) {
                state.queue.remove(request)
                waiters += state.pending.remove(request)
            }
            return waiters
        }
        for waiter in waiters { waiter.resume(throwing: error) }
    }

    /// Delivers a batch's vectors; drops those of requests without waiters.
    private func finish(_ items: [EncodeQueue.Item], _ vectors: [Float]) {
        let size = encoder.sizes.hiddenSize
        let done = state.withLock { state in
            state.statistics.computed += items.count
            state.statistics.batches += 1
            var done: [PendingRequests<Waiter>.Finished] = []
            for (row, item) in items.enumerated() {
                guard let finished = state.pending.deliver(vectors[row * size..<(row + 1) * size], to: item) else { continue }
                // Under the same lock that removes the request, so that the next caller finds either the request or the cached vector.
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
                waiter.resume(throwing: EmbeddingError(.notFinite, "the model returned NaN or infinity"))
            }
        }
    }
}
