import GRDB
public import Tenancy

extension CatalogStore {
    /// Sets a tenant's quota; `nil` removes it.
    ///
    /// - Throws: `.tenantNotFound`.
    public func setQuota(_ quota: TokenQuota?, of tenant: TenantID) async throws {
        try await pool.write { db in
            guard try Self.exists(tenant, db) else { throw CatalogError.noTenant(tenant) }
            guard let quota else { return try db.run("DELETE FROM quota WHERE tenant = ?", [tenant.rawValue]) }
            try db.run(
                "INSERT OR REPLACE INTO quota (tenant, tokens, period) VALUES (?, ?, ?)",
                [tenant.rawValue, quota.tokens, quota.period.rawValue])
        }
    }

    /// Returns the tenant's quota; `nil` if there is none.
    public func quota(in scope: TenantScope) async throws -> TokenQuota? {
        try await read(in: scope) { db in try Self.quota(in: scope, db) }
    }

    /// Returns a tenant's quota and the tokens that its requests have used, from one snapshot.
    public func quotaAndTotals(on day: UTCDay, in scope: TenantScope) async throws -> (quota: TokenQuota?, totals: UsageTotals) {
        try await read(in: scope) { db in (try Self.quota(in: scope, db), try Self.totals(on: day, in: scope, db)) }
    }

    /// Returns the quotas of the scopes whose tenants still exist.
    public func quotas(in scopes: [TenantScope]) async throws -> [TenantScope: TokenQuota?] {
        try await pool.read { db in
            var quotas: [TenantScope: TokenQuota?] = [:]
            for scope in scopes where try Self.scope(of: scope.tenant, db) == scope {
                quotas.updateValue(try Self.quota(in: scope, db), forKey: scope)
            }
            return quotas
        }
    }

    private static func quota(in scope: TenantScope, _ db: Database) throws -> TokenQuota? {
        guard let row = try db.row("SELECT tokens, period FROM quota WHERE tenant = ?", [scope.tenant.rawValue]) else { return nil }
        return TokenQuota.Period(rawValue: row["period"]).flatMap { TokenQuota(tokens: row["tokens"], per: $0) }
    }
}
