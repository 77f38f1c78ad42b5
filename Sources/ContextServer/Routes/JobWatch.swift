import Catalog
import Ingest
import ServiceLifecycle
import Tenancy

/// A watch that follows a job to its end.
struct JobWatch {
    private let jobs: JobQueue
    private let catalog: CatalogStore
    private let scope: TenantScope
    private let job: String
    private var signals: AsyncStream<Void>.Iterator
    private var last: JobRecord?
    private var endsWhenStorageIsFull = false

    init(of job: String, jobs: JobQueue, catalog: CatalogStore, scope: TenantScope) {
        (self.job, self.jobs, self.catalog, self.scope) = (job, jobs, catalog, scope)
        signals = jobs.signals(of: job).makeAsyncIterator()
    }

    /// Returns the job's record now and then after each change, its final state last. Returns `nil` after that, or earlier if the job is
    /// deleted with its tenant or the server stops; the job itself continues.
    mutating func next(isolation actor: isolated (any Actor)? = #isolation) async -> JobRecord? {
        while last?.stage.isFinal != true, !Task.isShuttingDownGracefully, await signals.next(isolation: actor) != nil {
            guard let record = try? await catalog.job(job, in: scope) else { return nil }
            if record == last {
                // No job starts while storage cannot be written, so waiting for the end could take as long.
                if endsWhenStorageIsFull && catalog.storageStatus != .writable { return nil }
                continue
            }
            last = record
            return record
        }
        return nil
    }

    /// Returns the job's final record.
    ///
    /// - Throws: `CatalogError` if the job is deleted or waits for storage; `CancellationError` if the server stops first.
    mutating func end() async throws -> JobRecord {
        endsWhenStorageIsFull = true
        while let record = await next() {
            if record.stage.isFinal { return record }
        }
        let record = try await catalog.job(job, in: scope)
        guard record.stage.isFinal else {
            if catalog.storageStatus == .writable { throw CancellationError() }
            throw CatalogError(.storageFull, "storage is full; the upload was accepted as \(job) and resumes when space is free")
        }
        return record
    }
}
