import GRDB
public import Tenancy

extension CatalogStore {
    /// Returns the current position of the tenant's documents.
    ///
    /// - Throws: `.tenantNotFound` if the tenant was deleted after the scope was minted.
    public func position(in scope: TenantScope) async throws -> CatalogPosition {
        try lookUp { cache, db in
            if let position = cache.position(of: scope) { return position }
            let row = try db.row(
                "SELECT sequence, lineage FROM tenant WHERE tenant = ? AND generation = ?", [scope.tenant.rawValue, scope.incarnation])
            guard let position = row.map(Self.position) else { throw CatalogError.noTenant(scope.tenant) }
            cache.keep(position, of: scope)
            return position
        }
    }

    static func position(in scope: TenantScope, _ db: Database) throws -> CatalogPosition {
        try db.row("SELECT sequence, lineage FROM tenant WHERE tenant = ?", [scope.tenant.rawValue]).map(position) ?? .start
    }

    private static func position(_ row: Row) -> CatalogPosition {
        CatalogPosition(sequence: row["sequence"], lineage: row["lineage"])
    }

    /// Returns whether this catalog has had the position.
    static func had(_ position: CatalogPosition, in scope: TenantScope, _ db: Database) throws -> Bool {
        guard position != .start else { return true }
        guard try position.sequence <= Self.position(in: scope, db).sequence else { return false }
        return try lineage(at: position.sequence, in: scope, db) == position.lineage
    }

    /// Returns the lineage of a change; 0 if it is no longer known.
    static func lineage(at sequence: Int64, in scope: TenantScope, _ db: Database) throws -> Int64 {
        try db.value(
            "SELECT lineage FROM lineage WHERE tenant = ? AND first_sequence <= ? ORDER BY first_sequence DESC LIMIT 1",
            [scope.tenant.rawValue, sequence]) ?? 0
    }

    /// Maximum number of lineages kept for each tenant. An index from an older lineage is rebuilt.
    private static let keptLineages = 1000

    /// Allocates the sequence number of the tenant's next change, under this process's lineage.
    static func beginChange(in scope: TenantScope, _ db: Database) throws -> Int64 {
        let tenant = scope.tenant.rawValue
        let isOurs: Bool? = try db.value("SELECT lineage = session_lineage() FROM tenant WHERE tenant = ?", [tenant])
        if isOurs != true { try beginLineage(tenant, db) }
        let sql = "UPDATE tenant SET sequence = sequence + 1, lineage = session_lineage() WHERE tenant = ? RETURNING sequence"
        guard let sequence: Int64 = try db.value(sql, [tenant]) else { throw CatalogError.noTenant(scope.tenant) }
        return sequence
    }

    private static func beginLineage(_ tenant: String, _ db: Database) throws {
        try db.run(
            """
            INSERT OR REPLACE INTO lineage (tenant, first_sequence, lineage)
            SELECT tenant, sequence + 1, session_lineage() FROM tenant WHERE tenant = ?
            """, [tenant])
        try db.run(
            """
            DELETE FROM lineage WHERE tenant = ?1 AND first_sequence <
                (SELECT first_sequence FROM lineage WHERE tenant = ?1 ORDER BY first_sequence DESC LIMIT 1 OFFSET ?2)
            """, [tenant, keptLineages - 1])
    }
}
