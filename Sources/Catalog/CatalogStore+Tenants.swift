import GRDB
public import Tenancy

/// A tenant, as the operator sees it.
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

    /// All of them in one transaction, without names.
    ///
    /// - Throws: `.tenantExists`; none is then made.
    package func createTenants(_ ids: [TenantID]) async throws {
        try await pool.write { db in
            for id in ids { try Self.insert(id, name: "", db) }
        }
    }

    private static func insert(_ id: TenantID, name: String, _ db: Database) throws {
        guard try !exists(id, db) else { throw CatalogError(.tenantExists, "tenant \(id) exists already") }
        var generator = SystemRandomNumberGenerator()
        try db.cachedStatement(sql: "INSERT INTO tenant (tenant, name, generation, created_at) VALUES (?, ?, ?, ?)")
            .execute(arguments: [id.rawValue, name, randomText(length: 16, using: &generator), Timestamp.now().milliseconds])
    }

    /// Those of `names` that tenants have.
    public func tenantNames(among names: [String]) async throws -> Set<String> {
        try await pool.read { db in
            let statement = try db.cachedStatement(sql: "SELECT tenant FROM tenant WHERE tenant = ?")
            return Set(try names.compactMap { try String.fetchOne(statement, arguments: [$0]) })
        }
    }

    /// Every tenant, by name.
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

    /// Deletes the tenant and every row of it.
    ///
    /// While storage is low the rows go some at a time, so that the write-ahead log stays short; the tenant's keys and scopes end first.
    ///
    /// - Throws: `.tenantNotFound`.
    public func deleteTenant(_ id: TenantID) async throws {
        if storageStatus == .full { try await deleteRows(of: id) }
        try await pool.write(.shrinks) { db in
            try db.execute(sql: "DELETE FROM tenant WHERE tenant = ?", arguments: [id.rawValue])
            guard db.changesCount > 0 else { throw CatalogError(.tenantNotFound, "there is no tenant \(id)") }
        }
    }

    /// Documents and jobs of one transaction: they may have some MB each.
    private static let rowsAtATime = 4

    private func deleteRows(of id: TenantID) async throws {
        try await pool.write(.shrinks) { db in
            var generator = SystemRandomNumberGenerator()
            try db.execute(sql: "DELETE FROM api_key WHERE tenant = ?", arguments: [id.rawValue])
            try db.execute(
                sql: "UPDATE tenant SET generation = ? WHERE tenant = ?",
                arguments: [randomText(length: 16, using: &generator), id.rawValue])
        }
        for table in ["document", "job"] {
            var deleted = 0
            repeat {
                deleted = try await pool.write(.shrinks) { db in
                    try db.execute(
                        sql: """
                            DELETE FROM \(table) WHERE tenant = ?1 AND number IN
                                (SELECT number FROM \(table) WHERE tenant = ?1 ORDER BY number LIMIT ?2)
                            """, arguments: [id.rawValue, Self.rowsAtATime])
                    return db.changesCount
                }
                _ = try emptyLog()
            } while deleted > 0
        }
    }

    /// Whether the scope's tenant still exists. Blocks on the database, as `changes` does.
    public func isCurrent(_ scope: TenantScope) throws -> Bool {
        try pool.read { db in try Self.scope(of: scope.tenant, db) == scope }
    }

    static func exists(_ id: TenantID, _ db: Database) throws -> Bool {
        let statement = try db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM tenant WHERE tenant = ?)")
        return try Bool.fetchOne(statement, arguments: [id.rawValue]) ?? false
    }

    /// Takes `count` numbers from one of the tenant's counters and returns the first.
    static func allocate(_ count: Int, _ counter: Counter, in scope: TenantScope, _ db: Database) throws -> Int64 {
        let column = counter.rawValue
        let statement = try db.cachedStatement(
            sql: "UPDATE tenant SET \(column) = \(column) + ? WHERE tenant = ? RETURNING \(column)")
        guard let next = try Int64.fetchOne(statement, arguments: [count, scope.tenant.rawValue]) else {
            throw CatalogError(.tenantNotFound, "there is no tenant \(scope.tenant)")
        }
        return next - Int64(count)
    }

    /// The counters of a tenant's row; each holds the next number.
    enum Counter: String {
        case document = "next_document", chunk = "next_chunk", job = "next_job"
    }
}
