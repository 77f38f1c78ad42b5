import GRDB
public import Tenancy

// Handling of jobs that were running when a process ended, and of the kept uploads of failed jobs.
extension CatalogStore {
    /// Requeues the jobs that the previous process claimed and did not finish. Call once, before the first `claimJobs`.
    ///
    /// It is unknown which job of a batch ended the process, if any did. Each of them runs alone from then on. Only a job that was already
    /// running alone is charged with the interruption.
    public func requeueInterruptedJobs() async throws {
        try await pool.write(.shrinks) { db in
            try db.execute(
                sql: """
                    INSERT INTO interruption (tenant, number, times) SELECT tenant, number, 0 FROM job WHERE stage = 'running'
                    ON CONFLICT (tenant, number) DO UPDATE SET times = times + 1
                    """)
            try db.execute(sql: "UPDATE job SET stage = 'queued', attempts = max(attempts - 1, 0) WHERE stage = 'running'")
        }
    }

    /// Queues a failed job again. It runs before uploads that were accepted later.
    ///
    /// - Returns: the updated job.
    /// - Throws: `.jobNotFound`; `.jobNotRetryable` if the job did not fail or its upload is no longer kept; `.queueFull`.
    public func retryJob(_ id: String, in scope: TenantScope) async throws -> JobRecord {
        try await write(in: scope) { db in
            let job = try Self.job(id, in: scope, db)
            guard job.isRetryable else {
                let reason = job.stage == .failed ? "its upload was deleted; upload the document again" : "it is \(job.stage.rawValue)"
                throw CatalogError(.jobNotRetryable, "the job cannot be retried: \(reason)")
            }
            let waiting: Int? = try db.value("SELECT count(*) FROM job WHERE tenant = ? AND stage = 'queued'", [scope.tenant.rawValue])
            guard waiting ?? 0 < Self.maximumQueuedJobs else { throw CatalogError.tooManyQueued }
            try db.run(
                """
                UPDATE job SET stage = 'queued', attempts = 0, error_code = NULL, error_detail = NULL, updated_at = ?
                WHERE tenant = ? AND job_id = ?
                """, [Timestamp.now().milliseconds, scope.tenant.rawValue, id])
            // A job whose runs ended processes gets one more attempt, not the full number.
            try db.run(
                """
                UPDATE interruption SET times = max(times - 1, 0)
                WHERE tenant = ?1 AND number = (SELECT number FROM job WHERE tenant = ?1 AND job_id = ?2)
                """, [scope.tenant.rawValue, id])
            return try Self.job(id, in: scope, db)
        }
    }

    /// Cancels an unfinished job, or erases the kept upload of a failed one.
    ///
    /// - Throws: `.jobNotFound`; `.jobFinished` if there is nothing to cancel or erase.
    public func cancelJob(_ id: String, in scope: TenantScope) async throws {
        try await write(.shrinks, in: scope) { db in
            let job = try Self.job(id, in: scope, db)
            guard !job.stage.isFinal || job.isRetryable else {
                throw CatalogError(.jobFinished, "the job cannot be cancelled: it is \(job.stage.rawValue)")
            }
            try db.run(
                "UPDATE job SET stage = 'cancelled', header = NULL, payload = NULL, updated_at = ? WHERE tenant = ? AND job_id = ?",
                [Timestamp.now().milliseconds, scope.tenant.rawValue, id])
        }
    }

    /// Returns the tenant's next interrupted job. Jobs with fewer interruptions while running alone come first. `CROSS` fixes the join
    /// order: there are few interrupted jobs and possibly many queued ones.
    static func nextInterruptedJob(in scope: TenantScope, _ db: Database) throws -> Int64? {
        try db.value(
            """
            SELECT interruption.number FROM interruption CROSS JOIN job USING (tenant, number)
            WHERE tenant = ? AND stage = 'queued' ORDER BY times, interruption.number LIMIT 1
            """, [scope.tenant.rawValue])
    }

    static func interruptedJob(_ number: Int64, in scope: TenantScope, _ db: Database) throws -> [ClaimedJob] {
        let row = try db.row(
            "SELECT job.*, times FROM job JOIN interruption USING (tenant, number) WHERE tenant = ? AND number = ?",
            [scope.tenant.rawValue, number])
        return row.flatMap { claimedJob($0, scope, interruptions: $0["times"]) }.map { [$0] } ?? []
    }

    static func forgetInterruptions(of job: ClaimedJob, _ db: Database) throws {
        guard job.runsAlone else { return }
        try db.run("DELETE FROM interruption WHERE tenant = ? AND number = ?", [job.scope.tenant.rawValue, job.number])
    }

    /// Cancels earlier jobs for the same document and erases kept uploads: the last acknowledged upload wins. The order can differ from
    /// that of acceptance, because interrupted jobs run alone and failed ones are retried.
    static func supersede(before job: ClaimedJob, _ db: Database) throws {
        try db.run(
            """
            UPDATE job SET stage = CASE stage WHEN 'failed' THEN stage ELSE 'cancelled' END, header = NULL, payload = NULL, updated_at = ?
            WHERE tenant = ? AND document_id = ? AND number < ?
                AND (stage IN ('queued', 'running') OR stage = 'failed' AND payload IS NOT NULL)
            """, [Timestamp.now().milliseconds, job.scope.tenant.rawValue, job.document.rawValue, job.number])
    }
}
