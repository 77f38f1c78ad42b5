internal import Foundation
internal import Synchronization

/// Runs the encoder on threads of its own and hands each caller its vectors.
///
/// Each worker takes a batch, runs the whole forward pass over it with its own scratch memory, and takes the next; when
/// nothing is left for the others, they help with the pass: a lone query is shared by all. The threads live as long as
/// the service: `close()` ends them after the batch under way.
final class EncoderService: Sendable {
    typealias RequestID = EncodeQueue.RequestID

    private struct Request {
        let sequences: [[Int32]]
        var vectors: [Float]
        var missing: Int
        let continuation: CheckedContinuation<[Float], any Error>
    }

    /// What a worker does next.
    private enum Job {
        case lead([EncodeQueue.Item], ForwardPass)
        case help(ForwardPass, share: Int)
    }

    private struct State {
        var queue: EncodeQueue
        /// Workers that lead or help a pass.
        var busy = 0
        /// The pass that idle workers may help with, and the next one's share of it.
        var open: (pass: ForwardPass, nextShare: Int)?
        var requests: [RequestID: Request] = [:]
        var lastID: RequestID = 0
    }

    private let encoder: BertEncoder
    private let workers: Int
    private let state: Mutex<State>
    /// Counts reasons to look at the queue; a look that finds nothing costs a lock.
    private let work = DispatchSemaphore(value: 0)

    init(_ encoder: BertEncoder, threads: Int, limits: EncodeQueue.Limits = .init()) {
        self.encoder = encoder
        workers = max(1, threads)
        state = Mutex(State(queue: EncodeQueue(limits: limits, workers: max(1, threads))))
    }

    /// Starts the threads; called once, by the owner.
    func start() {
        for index in 0..<workers {
            let thread = Thread { [self] in runWorker() }
            thread.name = "embed-\(index)"
            thread.start()
        }
    }

    /// Refuses new requests, fails the waiting ones and lets the threads end.
    func close() {
        let orphans = state.withLock { state in
            state.queue.close()
            defer { state.requests = [:] }
            return Array(state.requests.values)
        }
        for orphan in orphans { orphan.continuation.resume(throwing: EmbeddingError(.shuttingDown, "the encoder stopped")) }
        for _ in 0..<workers { work.signal() }
    }

    /// The vectors of sequences that were checked against the model.
    func encode(_ sequences: [[Int32]], purpose: EmbeddingPurpose) async throws -> [Float] {
        guard !sequences.isEmpty else { return [] }
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                submit(id, sequences, purpose, continuation)
            }
        } onCancel: {
            cancel(id)
        }
    }

    private func submit(
        _ id: RequestID, _ sequences: [[Int32]], _ purpose: EmbeddingPurpose,
        _ continuation: CheckedContinuation<[Float], any Error>
    ) {
        guard !Task.isCancelled else { return continuation.resume(throwing: Self.cancelled) }
        let size = encoder.sizes.hiddenSize
        let admission = state.withLock { state in
            let admission = state.queue.arrive(id, lengths: sequences.map(\.count), purpose: purpose)
            if admission == .accepted {
                state.requests[id] = Request(
                    sequences: sequences, vectors: [Float](repeating: 0, count: sequences.count * size),
                    missing: sequences.count, continuation: continuation)
            }
            return admission
        }
        switch admission {
        case .accepted:
            // One sequence may occupy several: the others help.
            for _ in 0..<min(workers, max(sequences.count, ForwardPass.maxShares)) { work.signal() }
            // A cancellation between that look and the request's arrival found nothing to cancel.
            if Task.isCancelled { cancel(id) }
        case .full:
            continuation.resume(throwing: EmbeddingError(.overloaded, "\(sequences.count) more sequences than may wait"))
        case .closed:
            continuation.resume(throwing: EmbeddingError(.shuttingDown, "the encoder stopped"))
        }
    }

    private func cancel(_ id: RequestID) {
        let request = state.withLock { state in
            state.queue.remove(id)
            return state.requests.removeValue(forKey: id)
        }
        request?.continuation.resume(throwing: Self.cancelled)
    }

    private static let cancelled = EmbeddingError(.cancelled, "the caller's task was cancelled")

    private func runWorker() {
        let scratch = EncoderScratch()
        while true {
            work.wait()
            while let job = nextJob(scratch) {
                switch job {
                case .lead(let items, let pass): finish(items, pass.lead())
                case .help(let pass, let share): pass.help(share: share)
                }
                rest(from: job)
            }
            if state.withLock({ $0.queue.isClosed }) { return }
        }
    }

    /// A batch to lead, or else a pass to help with; `nil` when there is neither.
    private func nextJob(_ scratch: EncoderScratch) -> Job? {
        state.withLock { state in
            guard let job = nextBatch(&state, scratch) ?? nextShare(&state) else { return nil }
            state.busy += 1
            return job
        }
    }

    private func nextBatch(_ state: inout State, _ scratch: EncoderScratch) -> Job? {
        let items = state.queue.nextBatch()
        guard !items.isEmpty else { return nil }
        // Requests leave `requests` and the queue together, so every item's request is there.
        let tokens = PackedTokens(items.lazy.compactMap { [requests = state.requests] in requests[$0.request]?.sequences[$0.sequence] })
        let isLast = state.queue.isEmpty && state.open == nil
        let pass = ForwardPass(encoder, tokens, scratch, shares: isLast ? workers - state.busy : 1)
        if pass.shares > 1 { state.open = (pass, 1) }
        return .lead(items, pass)
    }

    private func nextShare(_ state: inout State) -> Job? {
        guard let (pass, share) = state.open, share < pass.shares else { return nil }
        state.open = (pass, share + 1)
        return .help(pass, share: share)
    }

    private func rest(from job: Job) {
        state.withLock { state in
            state.busy -= 1
            if case .lead(_, let pass) = job, state.open?.pass === pass { state.open = nil }
        }
    }

    /// Hands out a batch's vectors; those of a caller who left are dropped.
    private func finish(_ items: [EncodeQueue.Item], _ vectors: [Float]) {
        let size = encoder.sizes.hiddenSize
        let done = state.withLock { state in
            var done: [Request] = []
            for (row, item) in items.enumerated() {
                guard state.requests[item.request] != nil else { continue }
                let target = item.sequence * size
                let source = vectors[row * size..<(row + 1) * size]
                state.requests[item.request]?.vectors.replaceSubrange(target..<target + size, with: source)
                state.requests[item.request]?.missing -= 1
                if state.requests[item.request]?.missing == 0, let request = state.requests.removeValue(forKey: item.request) {
                    done.append(request)
                }
            }
            return done
        }
        for request in done { Self.answer(request) }
    }

    private static func answer(_ request: Request) {
        if request.vectors.allSatisfy(\.isFinite) {
            request.continuation.resume(returning: request.vectors)
        } else {
            request.continuation.resume(throwing: EmbeddingError(.notFinite, "the model gave NaN or ∞"))
        }
    }
}
