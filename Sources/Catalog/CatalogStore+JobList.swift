import GRDB
public import Tenancy

/// A page of a tenant's jobs.
public struct JobPage: Sendable {
    public let jobs: [JobRecord]
    /// The number of the page's last job, after which the next page begins; `nil` on the last page.
    public let next: Int64?
    /// Number of all jobs by stage, whatever the page shows.
    public let counts: [JobRecord.Stage: Int]
}

extension CatalogStore {
    /// Returns a page of jobs, the last accepted first, and the number of jobs by stage, from one snapshot.
    ///
    /// - Parameters:
    ///   - stage: the stage of the listed jobs; `nil` for all.
    ///   - before: the `next` of the previous page; that job may have been deleted.
    ///   - limit: maximum number of jobs.
    public func jobs(in stage: JobRecord.Stage?, before: Int64?, limit: Int, in scope: TenantScope) async throws -> JobPage {
        try await read(in: scope) { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT number, \(Self.recordColumns) FROM job
                    WHERE tenant = ? AND number < ?\(stage == nil ? "" : " AND stage = ?") ORDER BY number DESC LIMIT ?
                    """,
                arguments: [scope.tenant.rawValue, before ?? .max] + (stage.map { [$0.rawValue] } ?? []) + [limit + 1])
            let page = rows.prefix(limit)
            return JobPage(
                jobs: page.compactMap(Self.jobRecord), next: rows.count > limit ? page.last?["number"] : nil,
                counts: try Self.jobCounts(in: scope, db))
        }
    }

    private static func jobCounts(in scope: TenantScope, _ db: Database) throws -> [JobRecord.Stage: Int] {
        let rows = try Row.fetchAll(
            db, sql: "SELECT stage, count(*) AS jobs FROM job WHERE tenant = ? GROUP BY stage", arguments: [scope.tenant.rawValue])
        return rows.reduce(into: [:]) { counts, row in
            if let stage = JobRecord.Stage(rawValue: row["stage"]) { counts[stage] = row["jobs"] }
        }
    }
}
