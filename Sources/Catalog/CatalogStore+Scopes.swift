import GRDB
public import Scheduling
@_spi(ScopeMinting) public import Tenancy

// Every access to a tenant's rows goes through these functions, which check that the scope's tenant still exists.
extension CatalogStore {
    /// Returns a tenant's current scope, for callers that may act without a key: the operator, and previously accepted jobs.
    @_spi(ScopeMinting) public func scope(of tenant: TenantID) async throws -> TenantScope? {
        try await pool.read { db in try Self.scope(of: tenant, db) }
    }

    static func scope(of tenant: TenantID, _ db: Database) throws -> TenantScope? {
        let incarnation: String? = try db.value("SELECT generation FROM tenant WHERE tenant = ?", [tenant.rawValue])
        return incarnation.map { TenantScope(tenant: tenant, incarnation: $0) }
    }

    /// Reads from one snapshot of the database, on a worker thread, in fair order with other tenants.
    ///
    /// - Throws: `.tenantNotFound` if the scope's tenant was deleted; `WorkerPoolFull`; `CancellationError`.
    func read<Value: Sendable>(in scope: TenantScope, _ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await workers.run(for: WorkKey(scope)) { [self] _ in try readNow(in: scope, body) }
    }

    /// Does the same on the calling thread, which must not be an event loop's or the cooperative pool's.
    func readNow<Value>(in scope: TenantScope, _ body: (Database) throws -> Value) throws -> Value {
        try pool.read { db in
            try Self.check(scope, db)
            return try body(db)
        }
    }

    /// Writes in one transaction.
    ///
    /// - Throws: `.tenantNotFound` if the scope's tenant was deleted; `.storageFull`. Then nothing was written.
    func write<Value: Sendable>(
        _ effect: WriteEffect = .grows, in scope: TenantScope, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try await pool.write(effect) { db in
            try Self.check(scope, db)
            return try body(db)
        }
    }

    static func check(_ scope: TenantScope, _ db: Database) throws {
        let sql = "SELECT 1 FROM tenant WHERE tenant = ? AND generation = ?"
        guard let _: Int = try db.value(sql, [scope.tenant.rawValue, scope.incarnation]) else { throw CatalogError.noTenant(scope.tenant) }
    }
}

extension WorkKey {
    /// The key of a tenant's work.
    public init(_ scope: TenantScope) { self.init(scope.tenant.rawValue) }
}
