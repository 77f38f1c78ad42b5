import Citing
import Foundation
import GRDB
import JSON
public import Tenancy

extension CatalogStore {
    /// Writes complete versions, in order and in one transaction; each replaces the document's previous version. Cancels earlier unfinished
    /// uploads of the same documents: the last acknowledged upload wins.
    ///
    /// - Parameter model: the tag of the model that made the vectors.
    /// - Returns: the chunk counts of each write, in the same order.
    /// - Throws: `.tenantNotFound`; then nothing was written.
    public func commit(_ versions: [DocumentVersion], model: String, in scope: TenantScope) async throws -> [ChunkCounts] {
        try await write(in: scope) { db in
            try versions.map { version in
                _ = try Self.cancelJobs(for: version.id, in: scope, db)
                return try Self.write(version, model: model, in: scope, db).counts
            }
        }
    }

    /// Writes the version that a job made and marks the job as finished, in one transaction. Returns `nil` and writes no version if the job
    /// was cancelled meanwhile, or if its condition does not hold: then the job fails with `precondition_failed`.
    public func commit(_ version: DocumentVersion, model: String, finishing job: ClaimedJob) async throws -> ChunkCounts? {
        try await write(in: job.scope) { db in
            guard try Self.stage(of: job, db) == .running else { return nil }
            guard try Self.mayStore(job, db) else { return nil }
            let (counts, tag) = try Self.write(version, model: model, in: job.scope, db)
            try Self.finish(job, counts: counts, version: tag, db)
            return counts
        }
    }

    /// Deletes a document and cancels its unfinished jobs.
    ///
    /// - Parameter condition: a condition that must hold if there is anything to delete or to cancel.
    /// - Returns: whether the document existed, and the ids of the cancelled jobs.
    /// - Throws: `.tenantNotFound`; `.preconditionFailed`; then nothing changed.
    public func deleteDocument(
        _ id: DocumentID, if condition: WriteCondition? = nil, in scope: TenantScope
    ) async throws -> (existed: Bool, cancelledJobs: [String]) {
        try await write(.shrinks, in: scope) { db in
            let cancelled = try Self.cancelJobs(for: id, in: scope, db)
            let number = try Self.number(of: id, in: scope, db)
            if number != nil || !cancelled.isEmpty { try Self.check(condition, for: id, in: scope, db) }
            guard let number else { return (false, cancelled) }
            let sequence = try Self.beginChange(in: scope, db)
            let tenant = scope.tenant.rawValue
            try db.run("DELETE FROM document WHERE tenant = ? AND number = ?", [tenant, number])
            try db.run("INSERT INTO deletion (tenant, sequence, document) VALUES (?, ?, ?)", [tenant, sequence, number])
            return (true, cancelled)
        }
    }

    static func number(of id: DocumentID, in scope: TenantScope, _ db: Database) throws -> Int64? {
        try db.value("SELECT number FROM document WHERE tenant = ? AND document_id = ?", [scope.tenant.rawValue, id.rawValue])
    }

    private static func write(_ version: DocumentVersion, model: String, in scope: TenantScope, _ db: Database) throws
        -> (counts: ChunkCounts, tag: VersionTag)
    {
        let sequence = try beginChange(in: scope, db)
        let old = try number(of: version.id, in: scope, db)
        let number = try old ?? allocate(1, .document, in: scope, db)
        let oldChunks = try old.map { try removeChunks(of: $0, in: scope, db) } ?? 0
        let now = Timestamp.now()
        try writeRow(version, number: number, sequence: sequence, model: model, at: now, in: scope, db)
        try writeChunks(version.chunks, of: number, in: scope, db)
        try writeParts(version.parts, of: number, in: scope, db)
        try writeOriginal(version.original, of: number, in: scope, db)
        let reused = version.chunks.count { $0.isReused }
        let counts = ChunkCounts(
            embedded: version.chunks.count - reused, reused: reused, removed: max(0, oldChunks - reused))
        return (counts, VersionTag(sequence: sequence, updatedAt: now))
    }

    private static func removeChunks(of document: Int64, in scope: TenantScope, _ db: Database) throws -> Int {
        try db.run("DELETE FROM chunk WHERE tenant = ? AND document = ?", [scope.tenant.rawValue, document])
        return db.changesCount
    }

    private static func writeRow(
        _ version: DocumentVersion, number: Int64, sequence: Int64, model: String, at now: Timestamp, in scope: TenantScope,
        _ db: Database
    ) throws {
        let text = Data(version.text.utf8)
        try db.run(
            """
            INSERT INTO document (tenant, number, document_id, title, url, metadata, media_type, text_bytes, chunk_count,
                                  model, created_at, updated_at, sequence)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (tenant, number) DO UPDATE SET
                title = excluded.title, url = excluded.url, metadata = excluded.metadata, media_type = excluded.media_type,
                text_bytes = excluded.text_bytes, chunk_count = excluded.chunk_count, model = excluded.model,
                updated_at = excluded.updated_at, sequence = excluded.sequence
            """,
            [
                scope.tenant.rawValue, number, version.id.rawValue, version.title, version.url, version.metadata.description,
                version.mediaType, text.count, version.chunks.count, model, now.milliseconds,
                now.milliseconds, sequence,
            ])
        try db.run("INSERT OR REPLACE INTO content (tenant, document, text) VALUES (?, ?, ?)", [scope.tenant.rawValue, number, text])
    }

    private static func writeChunks(_ chunks: [NewChunk], of document: Int64, in scope: TenantScope, _ db: Database) throws {
        let first = try allocate(chunks.count, .chunk, in: scope, db)
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO chunk (tenant, number, document, ordinal, span_start, span_end, headings, text, hash, tokens, vector)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        for (ordinal, new) in chunks.enumerated() {
            let chunk = new.chunk
            try statement.execute(arguments: [
                scope.tenant.rawValue, first + Int64(ordinal), document, ordinal, chunk.span.lowerBound, chunk.span.upperBound,
                JSONValue.array(chunk.headings.map(JSONValue.string)).description, chunk.text, Data(new.hash), chunk.tokenCount,
                VectorBytes.encode(new.vector),
            ])
        }
    }
}
