public import Catalog
import Embeddings
public import Logging
public import Tenancy

/// Uploads that were accepted and are worked off in the background: durable, in order within a tenant, tenants in turn.
public final class JobQueue: Sendable {
    private let catalog: CatalogStore
    private let pipeline: IngestPipeline
    private let logger: Logger
    private let board = JobBoard()
    private let wake: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    /// Jobs of one tenant that are embedded together, and the bytes of their uploads.
    private static let batchJobs = 32
    private static let batchBytes = 4 << 20
    /// A job that was begun so often and never ended takes the process with it: it is given up.
    private static let maximumAttempts = 3

    public init(pipeline: IngestPipeline, logger: Logger) {
        self.pipeline = pipeline
        self.logger = logger
        catalog = pipeline.catalog
        (wake, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Accepts a document: when this returns, it survives the process.
    ///
    /// - Returns: the job's id.
    /// - Throws: `ExtractError` at once where the format can be seen not to be supported; `CatalogError`.
    public func enqueue(_ source: SourceDocument, in scope: TenantScope) async throws -> String {
        _ = try DocumentFormat.detect(contentType: source.contentType, fileName: source.fileName, bytes: source.bytes)
        let id = try await catalog.enqueueJob(document: source.id, header: source.header, payload: source.bytes, in: scope)
        waker.yield()
        return id
    }

    /// A signal at once and after each change of the job; what changed is read from the catalog.
    public func signals(of job: String) -> AsyncStream<Void> { board.signals(of: job) }

    /// The job's record in its final state.
    ///
    /// - Throws: `CatalogError.jobNotFound`; `CancellationError`, and the job goes on.
    public func finish(_ job: String, in scope: TenantScope) async throws -> JobRecord {
        for await _ in board.signals(of: job) {
            let record = try await catalog.job(job, in: scope)
            if record.stage.isFinal { return record }
        }
        throw CancellationError()
    }

    /// Deletes a document, cancels the jobs that would make it, and tells those who wait for them.
    ///
    /// - Returns: whether there was a document, or a job waiting to make one.
    public func delete(_ document: DocumentID, in scope: TenantScope) async throws -> Bool {
        let job = try await catalog.latestJob(for: document, in: scope)
        let existed = try await catalog.deleteDocument(document, in: scope)
        if let job { board.announce(job.id) }
        return existed
    }

    /// Works until the task is cancelled; what is not finished then is put back.
    public func run() async throws {
        try await catalog.requeueInterruptedJobs()
        waker.yield()
        var last: TenantID?
        for await _ in wake {
            do {
                while !Task.isCancelled, let tenant = try await processNext(after: last) { last = tenant }
            } catch {
                guard !Task.isCancelled else { return }
                // The catalog could not be read or written. It may be able to in a moment; clients' uploads stay accepted.
                logger.error("the job queue cannot reach the catalog", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .seconds(1))
                waker.yield()
            }
        }
    }

    /// Works off some jobs of one tenant; `nil` where none waits.
    private func processNext(after last: TenantID?) async throws -> TenantID? {
        let jobs = try await catalog.claimJobs(after: last, limit: Self.batchJobs, payloadLimit: Self.batchBytes)
        guard let tenant = jobs.first?.scope.tenant else { return nil }
        for job in jobs { board.announce(job.id) }
        let interrupted = jobs.filter { $0.attempts > Self.maximumAttempts }
        for job in interrupted {
            await fail(job, IngestFailure(code: "internal", detail: "processing was interrupted \(job.attempts - 1) times"))
        }
        await process(jobs.filter { $0.attempts <= Self.maximumAttempts })
        for job in jobs { board.announce(job.id) }
        return tenant
    }

    /// All together, which embeds best; if that fails, one by one, so that each fails alone.
    private func process(_ jobs: [ClaimedJob]) async {
        do {
            try await complete(jobs)
        } catch where jobs.count > 1 && !Task.isCancelled {
            for job in jobs {
                do { try await complete([job]) } catch { await settle(job, after: error) }
            }
        } catch {
            for job in jobs { await settle(job, after: error) }
        }
    }

    private func complete(_ jobs: [ClaimedJob]) async throws {
        guard let scope = jobs.first?.scope else { return }
        let outcomes = try await pipeline.prepare(
            jobs.map { SourceDocument(id: $0.document, header: $0.header, bytes: $0.payload) })
        var readable: [(job: ClaimedJob, document: PreparedDocument)] = []
        for (job, outcome) in zip(jobs, outcomes) {
            switch outcome {
            case .success(let document): readable.append((job, document))
            case .failure(let failure): await fail(job, failure)
            }
        }
        let versions = try await pipeline.versions(of: readable.map(\.document), in: scope)
        for (entry, version) in zip(readable, versions) {
            _ = try await catalog.commit(version, model: pipeline.preparation.model.tag, finishing: entry.job)
            board.announce(entry.job.id)
        }
    }

    /// After a failure that was no document's: the job goes back to the queue, to be tried again now or by the next process.
    private func settle(_ job: ClaimedJob, after error: any Error) async {
        let isStopping = Task.isCancelled
        if !isStopping { logger.error("a job failed", metadata: ["job": "\(job.id)", "error": "\(error)"]) }
        // This task may be cancelled; what puts the job back must not be.
        await Task.detached { [catalog] in
            if isStopping || job.attempts < Self.maximumAttempts {
                try? await catalog.releaseJob(job, countingAttempt: !isStopping)
            } else {
                try? await catalog.failJob(job, code: "internal", detail: "the document could not be processed")
            }
        }.value
    }

    private func fail(_ job: ClaimedJob, _ failure: IngestFailure) async {
        do {
            try await catalog.failJob(job, code: failure.code, detail: failure.detail)
        } catch {
            logger.error("a job's failure could not be written", metadata: ["job": "\(job.id)", "error": "\(error)"])
        }
    }
}
