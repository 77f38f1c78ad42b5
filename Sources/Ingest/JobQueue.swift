public import Catalog
import Embeddings
public import Logging
import Synchronization
import Telemetry
public import Tenancy

/// A durable queue of accepted uploads, processed in the background: in order within a tenant, round-robin between tenants.
public final class JobQueue: Sendable {
    private let catalog: CatalogStore
    private let pipeline: IngestPipeline
    private let logger: Logger
    private let board = JobBoard()
    private let wake: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation
    /// The pause during an embedding outage. No job starts during the pause, because it would fail.
    private let pause: Mutex<OutagePause>
    private let running = Mutex(0)

    /// Maximum number of one tenant's jobs in a batch, and maximum size of their uploads, in bytes (`batchBytes`).
    private static let batchJobs = 32
    private static let batchBytes = 4 << 20
    /// Maximum number of tenants served concurrently, so that one tenant's long document does not delay the others.
    private static let concurrentTenants = 4
    /// Maximum number of attempts at a job that fails for a temporary reason.
    private static let maximumAttempts = 3
    /// Number of process ends during a job's exclusive runs after which the job fails as their likely cause. Its upload is kept.
    package static let maximumInterruptions = 3

    public convenience init(pipeline: IngestPipeline, logger: Logger) {
        self.init(pipeline: pipeline, logger: logger, pause: OutagePause())
    }

    package init(pipeline: IngestPipeline, logger: Logger, pause: OutagePause) {
        self.pipeline = pipeline
        self.logger = logger
        self.pause = Mutex(pause)
        catalog = pipeline.catalog
        (wake, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Accepts a document. The job is durable when this method returns.
    ///
    /// - Parameter condition: a condition that must hold now, and again when the job stores its version.
    /// - Returns: the job's id.
    /// - Throws: `ExtractError` if the format is recognized as unsupported without reading the whole document; `CatalogError`.
    public func enqueue(_ source: SourceDocument, if condition: WriteCondition? = nil, in scope: TenantScope) async throws -> String {
        _ = try source.format()
        let id = try await catalog.enqueueJob(
            document: source.id, header: source.header, payload: source.bytes, if: condition, in: scope)
        waker.yield()
        return id
    }

    /// Returns a stream that yields at once and after each change of the job. The caller reads the new state from the catalog.
    public func signals(of job: String) -> AsyncStream<Void> { board.signals(of: job) }

    /// Deletes a document, cancels the waiting jobs for it, and notifies the watchers of those jobs.
    ///
    /// - Parameter condition: a condition that must hold if there is anything to delete or to cancel.
    /// - Returns: whether the document or a waiting job for it existed.
    /// - Throws: `CatalogError`.
    public func delete(_ document: DocumentID, if condition: WriteCondition? = nil, in scope: TenantScope) async throws -> Bool {
        let (existed, cancelled) = try await catalog.deleteDocument(document, if: condition, in: scope)
        for job in cancelled { board.announce(job) }
        if existed { await pipeline.originals?.removeReleased() }
        return existed || !cancelled.isEmpty
    }

    /// Requeues a failed job whose upload is kept.
    ///
    /// - Throws: `CatalogError`: `.jobNotFound`, `.jobNotRetryable`, `.queueFull`.
    public func retry(_ job: String, in scope: TenantScope) async throws -> JobRecord {
        let record = try await catalog.retryJob(job, in: scope)
        board.announce(job)
        waker.yield()
        return record
    }

    /// Cancels an unfinished job, or deletes the kept upload of a failed one.
    ///
    /// - Throws: `CatalogError`: `.jobNotFound`, `.jobFinished`.
    public func cancel(_ job: String, in scope: TenantScope) async throws {
        try await catalog.cancelJob(job, in: scope)
        board.announce(job)
    }

    /// Returns the number of waiting jobs of all tenants, and the number of jobs that this process is running.
    ///
    /// - Throws: an error if the catalog cannot be read.
    public func depth() async throws -> (waiting: Int, running: Int) { (try await catalog.waitingJobs(), running.withLock { $0 }) }

    public var meter: IngestMeter { pipeline.meter }

    /// Processes jobs until the task is cancelled, and then requeues unfinished jobs.
    public func run() async throws {
        await requeue()
        waker.yield()
        await withDiscardingTaskGroup { group in
            group.addTask { await self.tick() }
            group.addTask { await self.work() }
        }
    }

    /// Requeues the jobs that the previous process left running. If that fails, tries again every 5 s.
    private func requeue() async {
        while !Task.isCancelled {
            do { return try await catalog.requeueInterruptedJobs() } catch {
                // The catalog itself reports storage errors.
                if !Self.isStorageError(error) { logger.error("interrupted jobs could not be requeued", metadata: ["error": "\(error)"]) }
            }
            try? await Task.sleep(for: .seconds(5))
        }
    }

    /// Wakes all watchers and the queue every second, because changes by another process send no signal.
    private func tick() async {
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            board.announceAll()
            waker.yield()
            // Those of documents that were replaced, and of documents and tenants that another process deleted.
            await pipeline.originals?.removeReleased()
        }
    }

    private func work() async {
        let turns = TenantTurns(limit: Self.concurrentTenants)
        await withDiscardingTaskGroup { group in
            for await _ in wake {
                guard !Task.isCancelled else { return }
                do {
                    while !Task.isCancelled, let jobs = try await claim(turns) {
                        group.addTask {
                            await self.process(jobs)
                            turns.end(jobs[0].scope.tenant)
                            self.waker.yield()
                        }
                    }
                } catch {
                    // The next tick retries; accepted uploads stay queued. The catalog itself reports storage errors, once.
                    if !Task.isCancelled && !Self.isStorageError(error) {
                        logger.error("the job queue cannot reach the catalog", metadata: ["error": "\(error)"])
                    }
                }
            }
        }
    }

    /// Claims a batch of jobs of an idle tenant. Returns `nil` if there is none, no further batch may start, or an outage pause is active.
    private func claim(_ turns: TenantTurns) async throws -> [ClaimedJob]? {
        guard pause.withLock({ $0.isOver(at: .now) }), let (last, busy) = turns.next() else { return nil }
        let jobs = try await catalog.claimJobs(
            after: last, except: busy, limit: Self.batchJobs, payloadLimit: Self.batchBytes)
        guard let first = jobs.first else { return nil }
        turns.begin(first.scope.tenant, exclusively: first.runsAlone)
        return jobs
    }

    private func process(_ jobs: [ClaimedJob]) async {
        running.withLock { $0 += jobs.count }
        defer { running.withLock { $0 -= jobs.count } }
        for job in jobs { board.announce(job.id) }
        for job in jobs where job.interruptions >= Self.maximumInterruptions {
            logger.error(
                "a job failed: the process ended each time the job ran",
                metadata: ["job": "\(job.id)", "interruptions": "\(job.interruptions)"])
            await fail(job, .interrupted(times: job.interruptions))
        }
        await complete(together: jobs.filter { $0.interruptions < Self.maximumInterruptions })
        for job in jobs { board.announce(job.id) }
    }

    /// Processes the jobs together, which embeds most efficiently. If a document may be the cause of a failure, processes them one by one.
    private func complete(together jobs: [ClaimedJob]) async {
        do {
            try await complete(jobs)
        } catch {
            let isOutage = await isOutage(error)
            if jobs.count > 1 && !Task.isCancelled && !isOutage && !Self.isStorageError(error) {
                await complete(oneByOne: jobs)
            } else {
                for job in jobs { await settle(job, after: error, isOutage: isOutage) }
            }
        }
    }

    private func complete(oneByOne jobs: [ClaimedJob]) async {
        var outage: (any Error)?
        for job in jobs where await isWanted(job) {
            do {
                // An outage for one job is an outage for the rest.
                if let outage { throw outage }
                try await complete([job])
            } catch {
                if outage == nil, await isOutage(error) { outage = error }
                await settle(job, after: error, isOutage: outage != nil)
            }
        }
    }

    /// Returns whether embedding is unavailable for every text, by embedding a test text: one document that always makes the
    /// provider fail must not block all others.
    private func isOutage(_ error: any Error) async -> Bool {
        guard BatchFailure.isOutage(error), !Task.isCancelled else { return false }
        // The embedder's queue is full of this tenant's texts, but would accept the test text.
        if (error as? EmbeddingError)?.code == .overloaded { return true }
        return await !pipeline.canEmbed()
    }

    private func isWanted(_ job: ClaimedJob) async -> Bool { (try? await catalog.isWanted(job)) ?? false }

    private func complete(_ jobs: [ClaimedJob]) async throws {
        guard let scope = jobs.first?.scope else { return }
        let outcomes = try await pipeline.prepare(
            jobs.map { SourceDocument(id: $0.document, header: $0.header, bytes: $0.payload) }, in: scope)
        var readable: [(job: ClaimedJob, document: PreparedDocument)] = []
        for (job, outcome) in zip(jobs, outcomes) {
            switch outcome {
            case .success(let document): readable.append((job, document))
            case .failure(let failure): await fail(job, failure)
            }
        }
        try await pipeline.keepingOriginals(of: readable.map(\.document), in: scope) { [readable] originals in
            try await store(readable, originals, in: scope) { [catalog] in
                for job in jobs where try await catalog.isWanted(job) { return }
                throw NobodyWaits()
            }
        }
    }

    private func store(
        _ readable: [(job: ClaimedJob, document: PreparedDocument)], _ originals: [OriginalRecord?], in scope: TenantScope,
        _ checkpoint: @escaping IngestPipeline.Checkpoint
    ) async throws {
        let versions = try await pipeline.versions(of: readable.map(\.document), originals, in: scope, checkpoint)
        for (entry, version) in zip(readable, versions) {
            let counts = try await catalog.commit(version, model: pipeline.preparation.model.tag, finishing: entry.job)
            if let counts { meter.add(counts) }
            board.announce(entry.job.id)
        }
        if !versions.isEmpty { pause.withLock { $0.reset() } }
    }

    /// Requeues a job after an error, or fails it if the document is the cause or all attempts are used. Outages, storage errors
    /// and shutdowns do not count as attempts.
    private func settle(_ job: ClaimedJob, after error: any Error, isOutage: Bool) async {
        if error is NobodyWaits { return }
        let isStopping = Task.isCancelled
        let isStorageError = Self.isStorageError(error)
        let failure = BatchFailure.reason(error)
        if isOutage {
            beginPause(error)
        } else if !isStopping {
            logger.error("a job failed", metadata: ["job": "\(job.id)", "error": "\(error)"])
        }
        // This task may be cancelled, but the update of the job must not be.
        await Task.detached { [catalog, meter] in
            if isStopping || isOutage || isStorageError || (job.attempts < Self.maximumAttempts && !BatchFailure.isOfOneDocument(error)) {
                try? await catalog.releaseJob(job, countingAttempt: !isStopping && !isOutage && !isStorageError)
            } else {
                meter.addFailure()
                try? await catalog.failJob(job, code: failure.code, detail: failure.detail, keepsUpload: failure.isRetryable)
            }
        }.value
    }

    private static func isStorageError(_ error: any Error) -> Bool { (error as? CatalogError)?.isStorageError ?? false }

    private func beginPause(_ error: any Error) {
        let asked = (error as? EmbeddingError)?.retryAfterSeconds.map { Duration.seconds($0) }
        guard let wait = pause.withLock({ $0.begin(at: .now, asked: asked) }) else { return }
        logger.warning(
            "ingestion paused: embedding provider unavailable", metadata: ["error": "\(error)", "seconds": "\(wait / .seconds(1))"])
    }

    private func fail(_ job: ClaimedJob, _ failure: IngestFailure) async {
        meter.addFailure()
        do {
            try await catalog.failJob(job, code: failure.code, detail: failure.detail, keepsUpload: failure.isRetryable)
        } catch {
            logger.error("a job's failure could not be saved", metadata: ["job": "\(job.id)", "error": "\(error)"])
        }
    }
}

/// An error for a batch whose jobs were all cancelled, or deleted with their tenant, while they ran.
private struct NobodyWaits: Error {}
