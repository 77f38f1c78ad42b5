import GRDB
public import Tenancy

extension CatalogStore {
    /// Compares the contents of an index with the catalog.
    ///
    /// The index may be behind: documents that changed after its position are ignored. Blocks on the database.
    ///
    /// - Parameters:
    ///   - position: the index's position.
    ///   - held: the index's chunks, by document.
    ///   - model: the embedding model; only documents with vectors of this model belong in the index.
    /// - Returns: a description of the difference; `nil` if there is none.
    public func difference(
        from held: [Int64: Set<Int64>], at position: CatalogPosition, model: String, in scope: TenantScope
    ) throws -> String? {
        try pool.read { db in
            try Self.check(scope, db)
            guard try Self.had(position, in: scope, db) else {
                let current = try Self.position(in: scope, db)
                return "it was built from another state of the catalog: sequence number \(position.sequence) of its history is not in the "
                    + "catalog, which is at \(current.sequence)"
            }
            var rest = held
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT document.number AS document, chunk.number AS chunk FROM document LEFT JOIN chunk
                        ON chunk.tenant = document.tenant AND chunk.document = document.number
                    WHERE document.tenant = ? AND document.sequence <= ? AND document.model = ? ORDER BY document.number
                    """, arguments: [scope.tenant.rawValue, position.sequence, model])
            while let row = try rows.next() {
                let document: Int64 = row["document"]
                guard let chunk: Int64 = row["chunk"] else { continue }
                guard rest[document]?.remove(chunk) != nil else {
                    return "it lacks passage \(chunk) of document \(document), which is in the catalog"
                }
                if rest[document]?.isEmpty == true { rest[document] = nil }
            }
            for number in try Self.changedNumbers(after: position.sequence, in: scope, db) { rest[number] = nil }
            return rest.min { $0.key < $1.key }.map { document, chunks in
                "it has passage \(chunks.min() ?? 0) of document \(document), which is not in the catalog"
            }
        }
    }

    /// Returns the numbers of documents that were changed or deleted.
    private static func changedNumbers(after sequence: Int64, in scope: TenantScope, _ db: Database) throws -> [Int64] {
        try Int64.fetchAll(
            db,
            sql: """
                SELECT number FROM document WHERE tenant = ?1 AND sequence > ?2
                UNION ALL SELECT document FROM deletion WHERE tenant = ?1 AND sequence > ?2
                """, arguments: [scope.tenant.rawValue, sequence])
    }
}
