import GRDB
public import Tenancy

/// A tenant, as listed for the operator.
public struct TenantRecord: Hashable, Sendable {
    public let id: TenantID
    public let name: String
    public let documents: Int
    public let createdAt: Timestamp
}

extension CatalogStore {
    /// - Throws: `.tenantExists`.
    public func createTenant(_ id: TenantID, name: String) async throws {
        try await pool.write { db in
            try Self.insert(id, name: name, db)
        }
    }

    /// Creates all tenants in one transaction, with empty names.
    ///
    /// - Throws: `.tenantExists`; then no tenant was created.
    package func createTenants(_ ids: [TenantID]) async throws {
        try await pool.write { db in
            for id in ids { try Self.insert(id, name: "", db) }
        }
    }

    private static func insert(_ id: TenantID, name: String, _ db: Database) throws {
        guard try !exists(id, db) else { throw CatalogError(.tenantExists, "tenant \(id) already exists") }
        var generator = SystemRandomNumberGenerator()
        try db.run(
            "INSERT INTO tenant (tenant, name, generation, created_at) VALUES (?, ?, ?, ?)",
            [id.rawValue, name, randomText(length: 16, using: &generator), Timestamp.now().milliseconds])
    }

    /// Returns the ids in `names` that belong to existing tenants.
    public func tenantNames(among names: [String]) async throws -> Set<String> {
        try await pool.read { db in
            Set(try names.compactMap { name -> String? in try db.value("SELECT tenant FROM tenant WHERE tenant = ?", [name]) })
        }
    }

    /// Returns all tenants, ordered by id.
    public func tenants() async throws -> [TenantRecord] {
        try await pool.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT tenant, name, created_at, (SELECT count(*) FROM document WHERE document.tenant = tenant.tenant) AS documents
                    FROM tenant ORDER BY tenant
                    """
            ).compactMap { row in
                TenantID(row["tenant"]).map {
                    TenantRecord(
                        id: $0, name: row["name"], documents: row["documents"],
                        createdAt: Timestamp(milliseconds: row["created_at"]))
                }
            }
        }
    }

    /// Deletes the tenant and all its rows.
    ///
    /// While storage is full, first invalidates the tenant's keys and scopes, then deletes few rows at a time to keep the log short.
    ///
    /// - Returns: the tenant's incarnation, under which its originals are stored.
    /// - Throws: `.tenantNotFound`.
    @discardableResult
    public func deleteTenant(_ id: TenantID) async throws -> String {
        let incarnation = try await pool.read { db in try Self.scope(of: id, db)?.incarnation }
        guard let incarnation else { throw CatalogError.noTenant(id) }
        if storageStatus == .full { try await deleteRows(of: id) }
        try await pool.write(.shrinks) { db in
            try db.run("DELETE FROM tenant WHERE tenant = ?", [id.rawValue])
            guard db.changesCount > 0 else { throw CatalogError.noTenant(id) }
        }
        return incarnation
    }

    /// Maximum number of documents or jobs deleted in one transaction. Each may have several megabytes.
    private static let rowsAtATime = 4

    private func deleteRows(of id: TenantID) async throws {
        try await pool.write(.shrinks) { db in
            var generator = SystemRandomNumberGenerator()
            try db.run("DELETE FROM api_key WHERE tenant = ?", [id.rawValue])
            try db.run("UPDATE tenant SET generation = ? WHERE tenant = ?", [randomText(length: 16, using: &generator), id.rawValue])
        }
        for table in ["document", "job"] {
            var deleted = 0
            repeat {
                deleted = try await pool.write(.shrinks) { db in
                    try db.run(
                        """
                        DELETE FROM \(table) WHERE tenant = ?1 AND number IN
                            (SELECT number FROM \(table) WHERE tenant = ?1 ORDER BY number LIMIT ?2)
                        """, [id.rawValue, Self.rowsAtATime])
                    return db.changesCount
                }
                _ = try emptyLog()
            } while deleted > 0
        }
    }

    /// Returns whether the scope's tenant still exists. Blocks on the database, like `changes`.
    public func isCurrent(_ scope: TenantScope) throws -> Bool {
        try pool.read { db in try Self.scope(of: scope.tenant, db) == scope }
    }

    static func exists(_ id: TenantID, _ db: Database) throws -> Bool {
        try db.value("SELECT EXISTS (SELECT 1 FROM tenant WHERE tenant = ?)", [id.rawValue]) ?? false
    }

    /// Allocates `count` numbers from one of the tenant's counters and returns the first.
    static func allocate(_ count: Int, _ counter: Counter, in scope: TenantScope, _ db: Database) throws -> Int64 {
        let column = counter.rawValue
        let sql = "UPDATE tenant SET \(column) = \(column) + ? WHERE tenant = ? RETURNING \(column)"
        guard let next: Int64 = try db.value(sql, [count, scope.tenant.rawValue]) else { throw CatalogError.noTenant(scope.tenant) }
        return next - Int64(count)
    }

    /// The counters in a tenant's row. Each holds the next number to allocate.
    enum Counter: String {
        case document = "next_document", chunk = "next_chunk", job = "next_job"
    }
}
