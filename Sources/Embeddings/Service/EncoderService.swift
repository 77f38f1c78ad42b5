internal import Foundation
internal import Synchronization

/// Runs the encoder on threads of its own and hands each caller its vectors.
///
/// Each worker takes a batch, runs the whole forward pass over it with its own scratch memory, and takes the next. The
/// threads live as long as the service: `close()` ends them after the batch under way.
final class EncoderService: Sendable {
    typealias RequestID = EncodeQueue.RequestID

    private struct Request {
        let sequences: [[Int32]]
        var vectors: [Float]
        var missing: Int
        let continuation: CheckedContinuation<[Float], any Error>
    }

    private struct State {
        var queue: EncodeQueue
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
            for _ in 0..<min(workers, sequences.count) { work.signal() }
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
        var scratch = EncoderScratch()
        while true {
            work.wait()
            while let (items, tokens) = nextBatch() {
                finish(items, encoder.encode(tokens, &scratch))
            }
            if state.withLock({ $0.queue.isClosed }) { return }
        }
    }

    private func nextBatch() -> ([EncodeQueue.Item], PackedTokens)? {
        state.withLock { state in
            let items = state.queue.nextBatch()
            guard !items.isEmpty else { return nil }
            let requests = state.requests
            // Requests leave `requests` and the queue together, so every item's request is there.
            return (items, PackedTokens(items.lazy.compactMap { requests[$0.request]?.sequences[$0.sequence] }))
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
