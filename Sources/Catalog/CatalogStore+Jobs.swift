import Foundation
import GRDB
public import JSON
public import Tenancy

extension CatalogStore {
    /// Maximum number of unfinished jobs per tenant, and maximum total size of a tenant's uploads, in bytes.
    public static let maximumQueuedJobs = 2000
    public static let maximumQueuedBytes = 4 << 30
    /// Maximum number of failed jobs per tenant whose uploads are kept. Their bytes count towards `maximumQueuedBytes`.
    public static let maximumKeptJobs = 2000

    /// Accepts an upload durably: once this returns, this process or a later one will process the upload.
    ///
    /// - Parameter condition: a condition that must hold now, and again when the job stores its version.
    /// - Returns: the job's id.
    /// - Throws: `.tenantNotFound`; `.preconditionFailed`; `.queueFull` beyond the limits above.
    public func enqueueJob(
        document: DocumentID, header: JSONObject, payload: [UInt8], if condition: WriteCondition? = nil, in scope: TenantScope
    ) async throws -> String {
        var header = header
        header[Self.conditionField] = condition?.json
        return try await write(in: scope) { [header] db in
            try Self.check(condition, for: document, in: scope, db)
            try Self.checkRoom(for: payload.count, in: scope, db)
            let number = try Self.allocate(1, .job, in: scope, db)
            var generator = SystemRandomNumberGenerator()
            let id = "job_" + randomText(length: 20, using: &generator)
            let now = Timestamp.now().milliseconds
            // Not a cached statement: SQLite would keep the payload until the next upload.
            try db.execute(
                sql: """
                    INSERT INTO job (tenant, number, job_id, document_id, stage, created_at, updated_at, header, payload)
                    VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, ?)
                    """, arguments: [scope.tenant.rawValue, number, id, document.rawValue, now, now, header.description, Data(payload)])
            return id
        }
    }

    /// - Throws: `.jobNotFound`, also for another tenant's job.
    public func job(_ id: String, in scope: TenantScope) async throws -> JobRecord {
        try await read(in: scope) { db in try Self.job(id, in: scope, db) }
    }

    /// Returns the last accepted job for a document, if any.
    public func latestJob(for document: DocumentID, in scope: TenantScope) async throws -> JobRecord? {
        try await read(in: scope) { db in
            try db.row(
                "SELECT \(Self.recordColumns) FROM job WHERE tenant = ? AND document_id = ? ORDER BY number DESC LIMIT 1",
                [scope.tenant.rawValue, document.rawValue]
            ).flatMap(Self.jobRecord)
        }
    }

    /// Does the same with one statement on the calling thread, which may be an event loop's: see `lookUp`.
    public func lookUpLatestJob(for document: DocumentID, in scope: TenantScope) throws -> JobRecord? {
        try lookUp { db in
            try db.row(
                """
                SELECT \(Self.recordColumns) FROM job
                WHERE tenant = (SELECT tenant FROM tenant WHERE tenant = ?1 AND generation = ?2) AND document_id = ?3
                ORDER BY number DESC LIMIT 1
                """, [scope.tenant.rawValue, scope.incarnation, document.rawValue]
            ).flatMap(Self.jobRecord)
        }
    }

    /// Returns the number of queued jobs of all tenants.
    public func waitingJobs() async throws -> Int {
        try await pool.read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM job WHERE stage = 'queued'") ?? 0 }
    }

    /// Claims the oldest queued jobs of one tenant, the first after `last` that has any (round-robin). A job that must run alone is claimed
    /// before the tenant's other jobs, by itself, and only while no tenant is busy. Until then nothing is claimed, so that the busy tenants
    /// finish.
    ///
    /// - Parameters:
    ///   - busy: tenants to skip, because one tenant's jobs run in order.
    ///   - limit: maximum number of jobs.
    ///   - payloadLimit: maximum total size of the payloads, in bytes; one job is always claimed.
    public func claimJobs(after last: TenantID?, except busy: Set<TenantID> = [], limit: Int, payloadLimit: Int) async throws
        -> [ClaimedJob]
    {
        // Check with a read first, so that an idle worker does not take the write lock.
        guard try await pool.read({ db in try Self.nextTenant(after: last, except: busy, db) }) != nil else { return [] }
        return try await pool.write { db in
            guard let tenant = try Self.nextTenant(after: last, except: busy, db), let scope = try Self.scope(of: tenant, db) else {
                return []
            }
            let claimed: [ClaimedJob]
            if let number = try Self.nextInterruptedJob(in: scope, db) {
                claimed = busy.isEmpty ? try Self.interruptedJob(number, in: scope, db) : []
            } else {
                claimed = try Self.waitingJobs(limit: limit, payloadLimit: payloadLimit, in: scope, db)
            }
            for job in claimed {
                try db.run(
                    "UPDATE job SET stage = 'running', attempts = attempts + 1, updated_at = ? WHERE tenant = ? AND number = ?",
                    [Timestamp.now().milliseconds, tenant.rawValue, job.number])
            }
            return claimed
        }
    }

    /// Returns whether a claimed job is still running: neither cancelled nor deleted with its tenant.
    public func isWanted(_ job: ClaimedJob) async throws -> Bool {
        try await pool.read { db in try Self.scope(of: job.scope.tenant, db) == job.scope && Self.stage(of: job, db) == .running }
    }

    /// Marks a job as failed, unless it was cancelled meanwhile.
    ///
    /// - Parameter keepsUpload: whether to keep the upload until its owner retries, replaces or deletes it, because another attempt may
    ///   succeed.
    public func failJob(_ job: ClaimedJob, code: String, detail: String, keepsUpload: Bool) async throws {
        let erasing = keepsUpload ? "" : "header = NULL, payload = NULL, "
        try await pool.write(.shrinks) { db in
            try db.run(
                """
                UPDATE job SET stage = 'failed', error_code = ?, error_detail = ?, \(erasing)updated_at = ?
                WHERE tenant = ? AND number = ? AND job_id = ? AND stage = 'running'
                """, [code, detail, Timestamp.now().milliseconds, job.scope.tenant.rawValue, job.number, job.id])
        }
    }

    /// Requeues a claimed job that is not finished. In an orderly shutdown the attempt does not count.
    public func releaseJob(_ job: ClaimedJob, countingAttempt: Bool) async throws {
        try await pool.write(.shrinks) { db in
            try db.run(
                "UPDATE job SET stage = 'queued', attempts = attempts - ? WHERE tenant = ? AND number = ? AND job_id = ? AND stage = 'running'",
                [countingAttempt ? 0 : 1, job.scope.tenant.rawValue, job.number, job.id])
        }
    }

    /// Deletes jobs that finished more than `days` days ago, except each document's last job, which records the outcome, and jobs whose
    /// upload is kept.
    public func pruneJobs(finishedDaysAgo days: Int) async throws {
        let before = Timestamp.now().milliseconds - Int64(days) * 86_400_000
        try await pool.write(.shrinks) { db in
            try db.run(
                """
                DELETE FROM job WHERE stage IN ('ready', 'failed', 'cancelled') AND updated_at < ? AND payload IS NULL AND EXISTS
                    (SELECT 1 FROM job later WHERE later.tenant = job.tenant AND later.document_id = job.document_id
                        AND later.number > job.number)
                """, [before])
        }
    }

    static func stage(of job: ClaimedJob, _ db: Database) throws -> JobRecord.Stage? {
        try db.value(
            "SELECT stage FROM job WHERE tenant = ? AND number = ? AND job_id = ?", [job.scope.tenant.rawValue, job.number, job.id]
        ).flatMap(JobRecord.Stage.init(rawValue:))
    }

    static func finish(_ job: ClaimedJob, counts: ChunkCounts, version: VersionTag, _ db: Database) throws {
        try db.run(
            """
            UPDATE job SET stage = 'ready', embedded = ?, reused = ?, removed = ?, version = ?, header = NULL, payload = NULL,
                updated_at = ?
            WHERE tenant = ? AND number = ?
            """,
            [
                counts.embedded, counts.reused, counts.removed, version.rawValue, Timestamp.now().milliseconds, job.scope.tenant.rawValue,
                job.number,
            ])
        try forgetInterruptions(of: job, db)
        try supersede(before: job, db)
    }

    /// Cancels a document's unfinished and failed jobs, and erases their uploads.
    ///
    /// - Returns: the jobs' ids.
    static func cancelJobs(for document: DocumentID, in scope: TenantScope, _ db: Database) throws -> [String] {
        let statement = try db.cachedStatement(
            sql: """
                UPDATE job SET stage = 'cancelled', header = NULL, payload = NULL, updated_at = ?
                WHERE tenant = ? AND document_id = ? AND stage IN ('queued', 'running', 'failed') RETURNING job_id
                """)
        return try String.fetchAll(
            statement, arguments: [Timestamp.now().milliseconds, scope.tenant.rawValue, document.rawValue])
    }

    private static func checkRoom(for bytes: Int, in scope: TenantScope, _ db: Database) throws {
        let sql = """
            SELECT count(*) FILTER (WHERE stage != 'failed') AS jobs, count(*) FILTER (WHERE stage = 'failed') AS kept,
                coalesce(sum(length(payload)), 0) AS bytes,
                coalesce(sum(length(payload)) FILTER (WHERE stage = 'failed'), 0) AS keptBytes
            FROM job WHERE tenant = ? AND payload IS NOT NULL
            """
        guard let row = try db.row(sql, [scope.tenant.rawValue]) else { return }
        let isFull = row["jobs"] >= maximumQueuedJobs || row["bytes"] + bytes > maximumQueuedBytes
        if row["kept"] >= maximumKeptJobs || (isFull && row["keptBytes"] > maximumQueuedBytes / 2) {
            let kept: Int = row["kept"]
            throw CatalogError(.queueFull, "this tenant has \(kept) failed uploads; retry or delete some of them")
        }
        if isFull { throw CatalogError.tooManyQueued }
    }

    private static func nextTenant(after last: TenantID?, except busy: Set<TenantID>, _ db: Database) throws -> TenantID? {
        let free = "stage = 'queued' AND tenant NOT IN (\(busy.map { "'\($0)'" }.joined(separator: ", ")))"
        return try String.fetchOne(
            db,
            sql: """
                SELECT coalesce((SELECT min(tenant) FROM job WHERE \(free) AND tenant > ?), (SELECT min(tenant) FROM job WHERE \(free)))
                """,
            arguments: [last?.rawValue ?? ""]
        ).flatMap(TenantID.init)
    }

    private static func waitingJobs(limit: Int, payloadLimit: Int, in scope: TenantScope, _ db: Database) throws -> [ClaimedJob] {
        let rows = try Row.fetchCursor(
            db, sql: "SELECT * FROM job WHERE tenant = ? AND stage = 'queued' ORDER BY number LIMIT ?",
            arguments: [scope.tenant.rawValue, limit])
        var jobs: [ClaimedJob] = []
        var bytes = 0
        while let row = try rows.next() {
            guard let job = claimedJob(row, scope) else { continue }
            bytes += job.payload.count
            if !jobs.isEmpty && bytes > payloadLimit { break }
            jobs.append(job)
        }
        return jobs
    }

    static func claimedJob(_ row: Row, _ scope: TenantScope, interruptions: Int? = nil) -> ClaimedJob? {
        guard let document = DocumentID(row["document_id"]) else { return nil }
        let payload: Data? = row["payload"]
        let header = object(row["header"] ?? "{}")
        return ClaimedJob(
            scope: scope, number: row["number"], id: row["job_id"], document: document, header: header,
            condition: header[conditionField].map(WriteCondition.init(json:)), payload: Array(payload ?? Data()),
            attempts: row["attempts"] + 1, runsAlone: interruptions != nil, interruptions: interruptions ?? 0)
    }

    /// - Throws: `.jobNotFound`.
    static func job(_ id: String, in scope: TenantScope, _ db: Database) throws -> JobRecord {
        let row = try db.row("SELECT \(recordColumns) FROM job WHERE tenant = ? AND job_id = ?", [scope.tenant.rawValue, id])
        guard let record = row.flatMap(jobRecord) else { throw CatalogError(.jobNotFound, "no job has this id") }
        return record
    }

    /// The columns of a job record, without the payload, which may be large.
    static let recordColumns = """
        job_id, document_id, stage, error_code, error_detail, embedded, reused, removed, version, created_at, updated_at,
        stage = 'failed' AND payload IS NOT NULL AS retryable
        """

    static func jobRecord(_ row: Row) -> JobRecord? {
        guard let document = DocumentID(row["document_id"]), let stage = JobRecord.Stage(rawValue: row["stage"]) else { return nil }
        return JobRecord(
            id: row["job_id"], document: document, stage: stage, errorCode: row["error_code"], errorDetail: row["error_detail"],
            counts: ChunkCounts(embedded: row["embedded"], reused: row["reused"], removed: row["removed"]),
            version: (row["version"] as String?).map(VersionTag.init(rawValue:)), isRetryable: row["retryable"],
            createdAt: Timestamp(milliseconds: row["created_at"]), updatedAt: Timestamp(milliseconds: row["updated_at"]))
    }
}
