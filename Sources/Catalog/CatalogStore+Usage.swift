import Foundation
import GRDB
public import Tenancy

extension CatalogStore {
    /// Writes usage rows in one transaction.
    ///
    /// Repeated and reordered writes are harmless: a finished row is written once and never changes, and an open row never replaces a
    /// finished one. Rows of deleted tenants are dropped.
    public func writeUsage(_ rows: [(scope: TenantScope, record: UsageRecord)]) async throws {
        try await pool.write { db in
            var tokens: [TenantScope: [UTCDay: Int]] = [:]
            for (scope, group) in Dictionary(grouping: rows, by: \.scope) where try Self.scope(of: scope.tenant, db) == scope {
                for (_, record) in group where try Self.write(record, in: scope, db) && record.outcome != .open {
                    tokens[scope, default: [:]][UTCDay(containing: record.startedAt), default: 0] += record.tokens.total
                }
            }
            for (scope, days) in tokens {
                for (day, tokens) in days { try Self.add(tokens, on: day, in: scope, db) }
            }
        }
    }

    /// Closes the rows that a previous process left open. The tokens reserved for them count as used. Call once, before this process writes
    /// its first row.
    ///
    /// - Returns: the number of closed rows.
    public func closeInterruptedUsage() async throws -> Int {
        guard
            try await pool.read({ db in try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM usage WHERE outcome = 'open')") }) == true
        else { return 0 }
        return try await pool.write(.shrinks) { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    UPDATE usage SET outcome = 'interrupted' WHERE outcome = 'open'
                    RETURNING tenant, started_at, prompt_tokens + completion_tokens AS tokens
                    """)
            for row in rows {
                let day = UTCDay(containing: Timestamp(milliseconds: row["started_at"]))
                if let scope = try TenantID(row["tenant"]).flatMap({ try Self.scope(of: $0, db) }) {
                    try Self.add(row["tokens"], on: day, in: scope, db)
                }
            }
            return rows.count
        }
    }

    /// Deletes rows of requests that began before `moment`, in batches, so that other writers can write in between. The sums that quotas
    /// use still include their tokens.
    public func pruneUsage(before moment: Timestamp, batch: Int = 2000) async throws {
        let tenants = try await pool.read { db in try String.fetchAll(db, sql: "SELECT tenant FROM tenant") }
        for tenant in tenants {
            var deleted = 0
            repeat {
                deleted = try await pool.write(.shrinks) { db in
                    try db.run(
                        """
                        DELETE FROM usage WHERE tenant = ?1 AND usage_id IN
                            (SELECT usage_id FROM usage WHERE tenant = ?1 AND usage_id < ?2 AND outcome <> 'open' LIMIT ?3)
                        """, [tenant, UsageID.time(moment), batch])
                    return db.changesCount
                }
            } while deleted == batch
        }
    }

    /// Returns the tokens of all finished requests that began on the given day, in its month, and at any time.
    public func usageTotals(on day: UTCDay, in scope: TenantScope) async throws -> UsageTotals {
        try await read(in: scope) { db in try Self.totals(on: day, in: scope, db) }
    }

    static func totals(on day: UTCDay, in scope: TenantScope, _ db: Database) throws -> UsageTotals {
        let row = try db.row(
            """
            SELECT coalesce(sum(tokens) FILTER (WHERE day = ?2), 0) AS day,
                   coalesce(sum(tokens) FILTER (WHERE day >= ?3 AND day < ?4), 0) AS month, coalesce(sum(tokens), 0) AS total
            FROM usage_day WHERE tenant = ?1
            """, [scope.tenant.rawValue, day.number, day.monthStart.number, day.nextMonthStart.number])
        return row.map { UsageTotals(day: $0["day"], month: $0["month"], total: $0["total"]) } ?? UsageTotals(day: 0, month: 0, total: 0)
    }

    private static func add(_ tokens: Int, on day: UTCDay, in scope: TenantScope, _ db: Database) throws {
        try db.run(
            """
            INSERT INTO usage_day (tenant, day, tokens) VALUES (?, ?, ?)
            ON CONFLICT (tenant, day) DO UPDATE SET tokens = tokens + excluded.tokens
            """, [scope.tenant.rawValue, day.number, tokens])
    }

    /// - Returns: whether the row was written.
    private static func write(_ record: UsageRecord, in scope: TenantScope, _ db: Database) throws -> Bool {
        try db.run(
            """
            INSERT INTO usage (tenant, usage_id, started_at, key_id, asked_model, model, outcome, error_code, prompt_tokens,
                               completion_tokens, cached_tokens, retrieved_tokens, estimated, first_token_us, duration_us)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (tenant, usage_id) DO UPDATE SET
                model = excluded.model, outcome = excluded.outcome, error_code = excluded.error_code,
                prompt_tokens = excluded.prompt_tokens, completion_tokens = excluded.completion_tokens,
                cached_tokens = excluded.cached_tokens, retrieved_tokens = excluded.retrieved_tokens,
                estimated = excluded.estimated, first_token_us = excluded.first_token_us, duration_us = excluded.duration_us
                WHERE usage.outcome = 'open'
            """,
            [
                scope.tenant.rawValue, record.id.rawValue, record.startedAt.milliseconds, record.key.rawValue, record.requestedModel,
                record.model, record.outcome.rawValue, record.errorCode, record.tokens.prompt, record.tokens.completion,
                record.tokens.cached, record.retrievedTokens, record.tokens.isEstimated, record.firstTokenMicroseconds,
                record.durationMicroseconds,
            ])
        return db.changesCount > 0
    }
}

/// The tokens used by a tenant's requests, per period.
public struct UsageTotals: Hashable, Sendable {
    public let day: Int
    public let month: Int
    public let total: Int

    public init(day: Int, month: Int, total: Int) { (self.day, self.month, self.total) = (day, month, total) }
}
