public import Catalog
import Embeddings
public import Logging
import Synchronization
import Telemetry
public import Tenancy

/// Uploads that were accepted and are worked off in the background: durable, in order within a tenant, tenants in turn.
public final class JobQueue: Sendable {
    private let catalog: CatalogStore
    private let pipeline: IngestPipeline
    private let logger: Logger
    private let board = JobBoard()
    private let wake: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation
    /// While embedding is out of order no job is begun: each would only fail again.
    private let pause: Mutex<OutagePause>
    private let running = Mutex(0)

    /// Jobs of one tenant that are embedded together, and the bytes of their uploads.
    private static let batchJobs = 32
    private static let batchBytes = 4 << 20
    /// Tenants that are worked for at once, so that one tenant's long document does not hold up the others.
    private static let concurrentTenants = 4
    /// Maximum number of attempts at a job that fails for a reason which may pass.
    private static let maximumAttempts = 3
    /// A job that ran alone when the process ended, so often, is taken for the reason: it is given up, and its upload is kept.
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

    /// Accepts a document: when this returns, it survives the process.
    ///
    /// - Returns: the job's id.
    /// - Throws: `ExtractError` at once where the format can be seen not to be supported; `CatalogError`.
    public func enqueue(_ source: SourceDocument, in scope: TenantScope) async throws -> String {
        _ = try source.format()
        let id = try await catalog.enqueueJob(document: source.id, header: source.header, payload: source.bytes, in: scope)
        waker.yield()
        return id
    }

    /// A signal at once and after each change of the job; what changed is read from the catalog.
    public func signals(of job: String) -> AsyncStream<Void> { board.signals(of: job) }

    /// Deletes a document, cancels the jobs that would make it, and tells those who wait for them.
    ///
    /// - Returns: whether there was a document, or a job waiting to make one.
    public func delete(_ document: DocumentID, in scope: TenantScope) async throws -> Bool {
        let (existed, cancelled) = try await catalog.deleteDocument(document, in: scope)
        for job in cancelled { board.announce(job) }
        return existed || !cancelled.isEmpty
    }

    /// Queues a failed job again whose upload is kept.
    ///
    /// - Throws: `CatalogError`: `.jobNotFound`, `.jobNotRetryable`, `.queueFull`.
    public func retry(_ job: String, in scope: TenantScope) async throws -> JobRecord {
        let record = try await catalog.retryJob(job, in: scope)
        board.announce(job)
        waker.yield()
        return record
    }

    /// Cancels a job that is still to be done, or erases the upload that a failed one kept.
    ///
    /// - Throws: `CatalogError`: `.jobNotFound`, `.jobFinished`.
    public func cancel(_ job: String, in scope: TenantScope) async throws {
        try await catalog.cancelJob(job, in: scope)
        board.announce(job)
    }

    /// Jobs that wait, of all tenants, and those that are worked on by this process.
    ///
    /// - Throws: where the catalog cannot be read.
    public func depth() async throws -> (waiting: Int, running: Int) { (try await catalog.waitingJobs(), running.withLock { $0 }) }

    public var meter: IngestMeter { pipeline.meter }

    /// Works until the task is cancelled; what is not finished then is put back.
    public func run() async throws {
        await requeue()
        waker.yield()
        await withDiscardingTaskGroup { group in
            group.addTask { await self.tick() }
            group.addTask { await self.work() }
        }
    }

    /// Puts back what the process before had taken; while nothing can be written, once it can.
    private func requeue() async {
        while !Task.isCancelled {
            do { return try await catalog.requeueInterruptedJobs() } catch {
                // That nothing can be written the catalog has told.
                if !Self.isOfStorage(error) { logger.error("interrupted jobs could not be put back", metadata: ["error": "\(error)"]) }
            }
            try? await Task.sleep(for: .seconds(5))
        }
    }

    /// Has everyone who waits look again each second: what another process did, no signal of ours tells.
    private func tick() async {
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            board.announceAll()
            waker.yield()
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
                    // The catalog could not be read or written. It may be able to at the next tick; uploads stay accepted.
                    // That storage is full the catalog tells once.
                    if !Task.isCancelled && !Self.isOfStorage(error) { logger.error("the job queue cannot reach the catalog", metadata: ["error": "\(error)"]) }
                }
            }
        }
    }

    /// Some jobs of a tenant for which nothing is being done; `nil` where there are none, or enough tenants are served.
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
                "a job was given up: the process ended each time that it ran",
                metadata: ["job": "\(job.id)", "interruptions": "\(job.interruptions)"])
            await fail(job, .interrupted(times: job.interruptions))
        }
        await complete(together: jobs.filter { $0.interruptions < Self.maximumInterruptions })
        for job in jobs { board.announce(job.id) }
    }

    /// All together, which embeds best; if that fails, one by one, so that each fails alone.
    private func complete(together jobs: [ClaimedJob]) async {
        do {
            try await complete(jobs)
        } catch {
            let isOutage = await isOutage(error)
            if jobs.count > 1 && !Task.isCancelled && !isOutage && !Self.isOfStorage(error) {
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
                // What is out of order for one is so for the rest.
                if let outage { throw outage }
                try await complete([job])
            } catch {
                if outage == nil, await isOutage(error) { outage = error }
                await settle(job, after: error, isOutage: outage != nil)
            }
        }
    }

    /// Whether embedding is out of order for any text: a document that a provider never answers for must not make all others
    /// wait, so another text is tried.
    private func isOutage(_ error: any Error) async -> Bool {
        guard BatchFailure.isOutage(error), !Task.isCancelled else { return false }
        // The queue is full of this tenant's own texts: another's would be taken.
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
        let versions = try await pipeline.versions(of: readable.map(\.document), in: scope) { [catalog] in
            for job in jobs where try await catalog.isWanted(job) { return }
            throw NobodyWaits()
        }
        for (entry, version) in zip(readable, versions) {
            let counts = try await catalog.commit(version, model: pipeline.preparation.model.tag, finishing: entry.job)
            if let counts { meter.add(counts) }
            board.announce(entry.job.id)
        }
        if !versions.isEmpty { pause.withLock { $0.reset() } }
    }

    /// After a failure that was no document's: the job goes back to the queue, to be tried again now or by the next process.
    /// While embedding is out of order that is no attempt at the document, and the job waits for as long as it takes.
    private func settle(_ job: ClaimedJob, after error: any Error, isOutage: Bool) async {
        if error is NobodyWaits { return }
        let isStopping = Task.isCancelled
        let isOfStorage = Self.isOfStorage(error)
        let failure = BatchFailure.reason(error)
        if isOutage {
            beginPause(error)
        } else if !isStopping {
            logger.error("a job failed", metadata: ["job": "\(job.id)", "error": "\(error)"])
        }
        // This task may be cancelled; what puts the job back must not be.
        await Task.detached { [catalog, meter] in
            if isStopping || isOutage || isOfStorage || (job.attempts < Self.maximumAttempts && !BatchFailure.isOfOneDocument(error)) {
                try? await catalog.releaseJob(job, countingAttempt: !isStopping && !isOutage && !isOfStorage)
            } else {
                meter.addFailure()
                try? await catalog.failJob(job, code: failure.code, detail: failure.detail, keepsUpload: failure.isRetryable)
            }
        }.value
    }

    private static func isOfStorage(_ error: any Error) -> Bool { (error as? CatalogError)?.isOfStorage ?? false }

    private func beginPause(_ error: any Error) {
        let asked = (error as? EmbeddingError)?.retryAfterSeconds.map { Duration.seconds($0) }
        guard let wait = pause.withLock({ $0.begin(at: .now, asked: asked) }) else { return }
        logger.warning("documents wait: embedding is out of order", metadata: ["error": "\(error)", "seconds": "\(wait / .seconds(1))"])
    }

    private func fail(_ job: ClaimedJob, _ failure: IngestFailure) async {
        meter.addFailure()
        do {
            try await catalog.failJob(job, code: failure.code, detail: failure.detail, keepsUpload: failure.isRetryable)
        } catch {
            logger.error("a job's failure could not be written", metadata: ["job": "\(job.id)", "error": "\(error)"])
        }
    }
}

/// Every job of a batch was cancelled, or went with its tenant, while it was worked on.
private struct NobodyWaits: Error {}
