public import Extraction
import Foundation
public import Logging
public import Scheduling
import Synchronization

/// A pool of worker processes that read documents.
///
/// Each slot is a thread with a worker of its own and a spare one. A worker reads the documents of one client only, one at a time, and is
/// replaced after some documents, when it fails, and before another client's document. Clients are served round-robin, in turns of a
/// quarter of a second, and one client never has all slots. Threads, and the first workers, start with the first document or with `prepare`.
public final class ExtractionPool: DocumentExtracting {
    public let meter = ExtractionMeter()
    private let shared: Shared

    public init(settings: ExtractionSettings, logger: Logger) {
        precondition(settings.workers >= 1 && settings.documentsPerWorker >= 1, "workers and documentsPerWorker must be at least 1")
        shared = Shared(settings, meter, WorkerNotices(logger))
    }

    deinit { shared.close() }

    /// Starts workers now, so that the first documents do not wait for them.
    public func prepare() { shared.open() }

    /// Number of documents that wait for a worker.
    public var waiting: Int { shared.waiting }

    public func extract(_ document: DocumentToRead, for key: WorkKey) async throws -> ExtractedDocument {
        shared.open()
        let (id, job) = (shared.newID(), PendingExtraction(document))
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                job.wait(continuation)
                if !shared.submit(job, id: id, for: key) { return job.end(.failure(WorkerPoolFull())) }
                // A cancellation before `submit` found nothing in the queue.
                if job.isCancelled { shared.cancel(job, id: id, of: key) }
            }
        } onCancel: {
            shared.cancel(job, id: id, of: key)
        }
    }

    /// The state shared by the pool and its threads; separate, so that the threads do not keep the pool alive.
    private final class Shared: Sendable {
        private struct State {
            var turns: ExtractionTurns<PendingExtraction>
            var isOpen = false
            var isClosed = false
        }
        private let settings: ExtractionSettings
        private let meter: ExtractionMeter
        private let notices: WorkerNotices
        private let state: Mutex<State>
        private let wake = DispatchSemaphore(value: 0)
        private let lastID = Atomic<UInt64>(0)

        private static let queueLimit = 4096
        private static let turn = Duration.milliseconds(250)
        /// One more than one client may use.
        private var slots: Int { settings.workers + 1 }

        init(_ settings: ExtractionSettings, _ meter: ExtractionMeter, _ notices: WorkerNotices) {
            (self.settings, self.meter, self.notices) = (settings, meter, notices)
            state = Mutex(State(turns: ExtractionTurns(clientLimit: settings.workers, queueLimit: Self.queueLimit)))
        }

        func newID() -> UInt64 { lastID.add(1, ordering: .relaxed).newValue }

        var waiting: Int { state.withLock { $0.turns.waiting } }

        func open() {
            let isFirst = state.withLock { state in
                defer { state.isOpen = true }
                return !state.isOpen && !state.isClosed
            }
            guard isFirst else { return }
            for number in 0..<slots {
                let thread = Thread {
                    Thread.current.name = "extract-\(number)"
                    self.work(startsAhead: number < self.settings.workers)
                }
                thread.start()
            }
        }

        func submit(_ job: PendingExtraction, id: UInt64, for key: WorkKey) -> Bool {
            let isAccepted = state.withLock { !$0.isClosed && $0.turns.arrive(id, job, for: key) }
            if isAccepted { wake.signal() }
            return isAccepted
        }

        func cancel(_ job: PendingExtraction, id: UInt64, of key: WorkKey) {
            job.cancel()
            if let waiting = state.withLock({ $0.turns.remove(id, of: key) }) { waiting.end(.failure(CancellationError())) }
        }

        func close() {
            state.withLock { $0.isClosed = true }
            for _ in 0..<slots { wake.signal() }
        }

        /// The life of a slot's thread. `wake` counts arrivals, so a thread that finds nothing to start only waits again.
        private func work(startsAhead: Bool) {
            let slot = WorkerSlot(settings, meter: meter, notices: notices)
            var turnStart = ContinuousClock.now
            if startsAhead { slot.prepare() }
            while true {
                wake.wait()
                while true {
                    let owner = ContinuousClock.now - turnStart < Self.turn ? slot.owner : nil
                    guard let (key, job) = next(continuing: owner) else { break }
                    if key != owner { turnStart = .now }
                    serve(job, for: key, slot)
                }
                if state.withLock({ $0.isClosed }) { return slot.close() }
            }
        }

        private func next(continuing owner: WorkKey?) -> (key: WorkKey, job: PendingExtraction)? {
            state.withLock { $0.isClosed ? nil : $0.turns.next(continuing: owner) }
        }

        private func serve(_ job: PendingExtraction, for key: WorkKey, _ slot: WorkerSlot) {
            let start = ContinuousClock.now
            let result = slot.read(job, for: key)
            meter.add(ExtractionMeter.Outcome(result), ContinuousClock.now - start)
            // Another slot may start what this client's limit held back.
            let isWaiting = state.withLock { state in
                state.turns.finish(key)
                return state.turns.waiting > 0
            }
            if isWaiting { wake.signal() }
            job.end(result)
            slot.prepare()
        }
    }
}
