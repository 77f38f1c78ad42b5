import Crypto
import Foundation
import GRDB
import Tenancy

/// The answers of the lookups that every request makes: verified keys, and positions of tenants' documents.
///
/// An answer is valid until a transaction is committed, by this process or another one: SQLite's `data_version` tells that in a few
/// microseconds. So a revoked key fails at the next request, as if nothing were cached. A plain value, guarded by its owner; used on one
/// connection only, since the version is the connection's own.
struct LookupCache {
    /// A key that was found, is not revoked and whose tenant exists.
    struct Key {
        let secretHash: Data
        let record: KeyRecord
        let scope: TenantScope
    }

    /// Maximum number of cached keys, and of cached positions. At the limit all are dropped.
    static let capacity = 4096

    private var version: Int64?
    private var keys: [KeyID: Key] = [:]
    private var positions: [TenantScope: CatalogPosition] = [:]

    /// Drops everything if a transaction was committed since the last call. Call it before each use, on the same connection.
    mutating func validate(_ db: Database) throws {
        let current: Int64? = try db.value("PRAGMA data_version", [])
        guard current != version || current == nil else { return }
        keys.removeAll(keepingCapacity: true)
        positions.removeAll(keepingCapacity: true)
        version = current
    }

    func key(_ id: KeyID) -> Key? { keys[id] }

    mutating func keep(_ key: Key) {
        if keys.count >= Self.capacity { keys.removeAll() }
        keys[key.record.id] = key
    }

    func position(of scope: TenantScope) -> CatalogPosition? { positions[scope] }

    mutating func keep(_ position: CatalogPosition, of scope: TenantScope) {
        if positions.count >= Self.capacity { positions.removeAll() }
        positions[scope] = position
    }
}
