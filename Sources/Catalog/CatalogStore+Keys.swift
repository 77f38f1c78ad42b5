import Crypto
import Foundation
import GRDB
@_spi(ScopeMinting) public import Tenancy

/// A stored API key, without its secret.
public struct KeyRecord: Hashable, Sendable {
    public let id: KeyID
    public let tenant: TenantID
    public let name: String
    public let permissions: Set<Permission>
    public let createdAt: Timestamp
    public let revokedAt: Timestamp?
}

extension CatalogStore {
    /// Creates a key. The returned secret is not stored and cannot be retrieved later.
    ///
    /// - Throws: `.tenantNotFound`.
    public func createKey(for tenant: TenantID, name: String, permissions: Set<Permission>) async throws -> APIKey {
        let key = APIKey.random()
        try await pool.write { db in
            guard try Self.exists(tenant, db) else { throw CatalogError.noTenant(tenant) }
            let words = permissions.sorted().map(\.rawValue).joined(separator: ",")
            try db.run(
                "INSERT INTO api_key (tenant, key_id, name, secret_hash, permissions, created_at) VALUES (?, ?, ?, ?, ?, ?)",
                [tenant.rawValue, key.id.rawValue, name, Self.hash(key.secret), words, Timestamp.now().milliseconds])
        }
        return key
    }

    /// Returns a tenant's keys, oldest first, including revoked ones.
    ///
    /// - Throws: `.tenantNotFound`.
    public func keys(of tenant: TenantID) async throws -> [KeyRecord] {
        try await pool.read { db in
            guard try Self.exists(tenant, db) else { throw CatalogError.noTenant(tenant) }
            return try Row.fetchAll(
                db, sql: "SELECT * FROM api_key WHERE tenant = ? ORDER BY created_at, key_id", arguments: [tenant.rawValue]
            ).compactMap(Self.keyRecord)
        }
    }

    /// Revokes a key from the next request on. Revoking it again is not an error.
    ///
    /// - Throws: `.keyNotFound`.
    public func revokeKey(_ id: KeyID) async throws {
        try await pool.write(.shrinks) { db in
            try db.run(
                "UPDATE api_key SET revoked_at = coalesce(revoked_at, ?) WHERE key_id = ?", [Timestamp.now().milliseconds, id.rawValue])
            guard db.changesCount > 0 else { throw CatalogError(.keyNotFound, "there is no key \(id)") }
        }
    }

    /// Returns the record and the scope of a key that is not revoked and whose secret is correct; otherwise `nil`, without a reason.
    /// Compares the secret in constant time.
    @_spi(ScopeMinting) public func verify(_ key: APIKey) async throws -> (record: KeyRecord, scope: TenantScope)? {
        try lookUp { cache, db in
            let cached = cache.key(key.id)
            let known = try cached ?? Self.key(key.id, db)
            let isCorrect = SHA256.hash(data: Data(key.secret.utf8)) == known?.secretHash ?? Data(count: SHA256.byteCount)
            guard let known, isCorrect else { return nil }
            if cached == nil { cache.keep(known) }
            return (known.record, known.scope)
        }
    }

    /// Returns a key that is not revoked, with its tenant's current scope.
    private static func key(_ id: KeyID, _ db: Database) throws -> LookupCache.Key? {
        let row = try db.row(
            "SELECT api_key.*, tenant.generation FROM api_key JOIN tenant ON tenant.tenant = api_key.tenant WHERE api_key.key_id = ?",
            [id.rawValue])
        guard let row, let record = keyRecord(row), record.revokedAt == nil else { return nil }
        return LookupCache.Key(
            secretHash: row["secret_hash"], record: record, scope: TenantScope(tenant: record.tenant, incarnation: row["generation"]))
    }

    /// Returns whether a verified key is still valid, for long-running work.
    public func isValid(_ id: KeyID, in scope: TenantScope) async throws -> Bool {
        try await read(in: scope) { db in
            try db.value(
                "SELECT revoked_at IS NULL FROM api_key WHERE tenant = ? AND key_id = ?", [scope.tenant.rawValue, id.rawValue]) ?? false
        }
    }

    private static func hash(_ secret: String) -> Data { Data(SHA256.hash(data: Data(secret.utf8))) }

    private static func keyRecord(_ row: Row) -> KeyRecord? {
        guard let id = KeyID(row["key_id"]), let tenant = TenantID(row["tenant"]),
            let permissions = try? Permission.parse(row["permissions"])
        else { return nil }
        let revoked: Int64? = row["revoked_at"]
        return KeyRecord(
            id: id, tenant: tenant, name: row["name"], permissions: permissions,
            createdAt: Timestamp(milliseconds: row["created_at"]), revokedAt: revoked.map(Timestamp.init(milliseconds:)))
    }
}
