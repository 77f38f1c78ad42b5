import Foundation
import GRDB
public import Tenancy

/// A step by which an index that has seen change number `n` comes to a later one.
public struct ChangeBatch: Sendable {
    /// Documents whose chunks go, those that come again included.
    public let changedDocuments: [Int64]
    /// All chunks of the changed documents that still exist.
    public let chunks: [ChangedChunk]
    /// What the index has seen once this is applied.
    public let sequence: Int64
    /// Whether another batch follows.
    public let hasMore: Bool
}

/// A chunk as an index needs it.
public struct ChangedChunk: Sendable {
    public let number: Int64
    public let document: Int64
    public let title: String?
    public let headings: [String]
    public let text: String
    public let vector: [Float]
}

extension CatalogStore {
    /// What happened after change number `sequence`, in order, at most `limit` documents at a time.
    ///
    /// Blocks on the database: call it from a thread of your own, not from the cooperative pool.
    ///
    /// - Parameter model: chunks whose vectors another model made are left out.
    /// - Throws: `.tenantNotFound`.
    public func changes(after sequence: Int64, limit: Int, model: String, in scope: TenantScope) throws -> ChangeBatch {
        try pool.read { db in
            try Self.check(scope, db)
            let current = try Self.sequence(scope, db)
            let rows = try Self.changedDocuments(after: sequence, limit: limit, in: scope, db)
            let hasMore = rows.count == limit
            let live = rows.filter { $0.isLive }.map(\.document)
            return ChangeBatch(
                changedDocuments: rows.map(\.document),
                chunks: try live.flatMap { try Self.chunks(of: $0, model: model, in: scope, db) },
                sequence: hasMore ? rows.last?.sequence ?? current : current, hasMore: hasMore)
        }
    }

    private struct ChangedDocument {
        let sequence: Int64
        let document: Int64
        let isLive: Bool
    }

    private static func changedDocuments(after sequence: Int64, limit: Int, in scope: TenantScope, _ db: Database) throws
        -> [ChangedDocument]
    {
        let statement = try db.cachedStatement(
            sql: """
                SELECT sequence, number AS document, 1 AS live FROM document WHERE tenant = ?1 AND sequence > ?2
                UNION ALL
                SELECT sequence, document, 0 FROM deletion WHERE tenant = ?1 AND sequence > ?2
                ORDER BY sequence LIMIT ?3
                """)
        return try Row.fetchAll(statement, arguments: [scope.tenant.rawValue, sequence, limit]).map {
            ChangedDocument(sequence: $0["sequence"], document: $0["document"], isLive: $0["live"])
        }
    }

    private static func chunks(of document: Int64, model: String, in scope: TenantScope, _ db: Database) throws -> [ChangedChunk] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT chunk.number, chunk.headings, chunk.text, chunk.vector, document.title FROM document JOIN chunk
                    ON chunk.tenant = document.tenant AND chunk.document = document.number
                WHERE document.tenant = ? AND document.number = ? AND document.model = ? ORDER BY chunk.ordinal
                """)
        return try Row.fetchAll(statement, arguments: [scope.tenant.rawValue, document, model]).compactMap { row in
            guard let vector = VectorBytes.decode(row["vector"]) else { return nil }
            return ChangedChunk(
                number: row["number"], document: document, title: row["title"], headings: strings(row["headings"]),
                text: row["text"], vector: vector)
        }
    }
}
