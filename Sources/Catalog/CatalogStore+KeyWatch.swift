import GRDB
public import Tenancy

/// A key and the scope for which it was verified.
public struct ScopedKey: Hashable, Sendable {
    public let id: KeyID
    public let scope: TenantScope

    public init(id: KeyID, scope: TenantScope) { (self.id, self.scope) = (id, scope) }
}

extension CatalogStore {
    /// Returns the keys that are not revoked and whose tenants still exist. Runs one statement on the calling thread, for at most a few
    /// hundred keys: see `lookUp`.
    public func validKeys(among keys: [ScopedKey]) throws -> Set<ScopedKey> {
        guard !keys.isEmpty else { return [] }
        return try lookUp { db in
            let places = Array(repeating: "?", count: keys.count).joined(separator: ",")
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT api_key.key_id, tenant.tenant, tenant.generation FROM api_key JOIN tenant ON tenant.tenant = api_key.tenant
                    WHERE api_key.key_id IN (\(places)) AND api_key.revoked_at IS NULL
                    """, arguments: StatementArguments(keys.map(\.id.rawValue)))
            let valid = Set(rows.map { [$0["key_id"] as String, $0["tenant"] as String, $0["generation"] as String] })
            return Set(keys.filter { valid.contains([$0.id.rawValue, $0.scope.tenant.rawValue, $0.scope.incarnation]) })
        }
    }
}
