import Foundation
import GRDB
public import Tenancy

/// A batch of changes that brings an index from one position to a later one.
public struct ChangeBatch: Sendable {
    /// Changed documents, in the order of their changes. The index first removes their chunks, including those that it adds again.
    public let changes: [DocumentChange]
    /// All current chunks of the changed documents.
    public let chunks: [ChangedChunk]
    /// The index's position after this batch is applied.
    public let position: CatalogPosition
    /// Whether another batch follows.
    public let hasMore: Bool
}

/// The last change of a document.
public struct DocumentChange: Hashable, Sendable {
    public let document: Int64
    /// The position of an index that has applied everything up to this change.
    public let position: CatalogPosition
}

/// The data of a chunk that an index needs.
public struct ChangedChunk: Sendable {
    public let number: Int64
    public let document: Int64
    public let title: String?
    public let headings: [String]
    public let text: String
    public let vector: [Float]
}

extension CatalogStore {
    /// Returns the changes after `position`, in order, for at most `limit` documents.
    ///
    /// Blocks on the database: call it on a dedicated thread, not on the cooperative pool.
    ///
    /// - Parameter model: the embedding model; chunks with vectors of other models are omitted.
    /// - Returns: `nil` if the catalog never had `position`: the index was built from another catalog.
    /// - Throws: `.tenantNotFound`.
    public func changes(after position: CatalogPosition, limit: Int, model: String, in scope: TenantScope) throws -> ChangeBatch? {
        try pool.read { db in
            try Self.check(scope, db)
            guard try Self.had(position, in: scope, db) else { return nil }
            let current = try Self.position(in: scope, db)
            let rows = try Self.changedDocuments(after: position.sequence, limit: limit, in: scope, db)
            let changes = try Self.placed(rows, in: scope, db)
            let hasMore = rows.count == limit
            return ChangeBatch(
                changes: changes,
                chunks: try rows.filter(\.isLive).flatMap { try Self.chunks(of: $0.document, model: model, in: scope, db) },
                position: hasMore ? changes.last?.position ?? current : current, hasMore: hasMore)
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

    /// Adds lineages to changes. Neighbouring changes mostly share one.
    private static func placed(_ rows: [ChangedDocument], in scope: TenantScope, _ db: Database) throws -> [DocumentChange] {
        guard let first = rows.first, let last = rows.last else { return [] }
        let starts = try Row.fetchAll(
            db, sql: "SELECT first_sequence, lineage FROM lineage WHERE tenant = ? AND first_sequence > ? AND first_sequence <= ?",
            arguments: [scope.tenant.rawValue, first.sequence, last.sequence])
        var lineage = try Self.lineage(at: first.sequence, in: scope, db)
        var next = starts[...]
        return rows.map { row in
            while let start = next.first, start["first_sequence"] <= row.sequence {
                lineage = start["lineage"]
                next = next.dropFirst()
            }
            return DocumentChange(document: row.document, position: CatalogPosition(sequence: row.sequence, lineage: lineage))
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
