import Foundation
import GRDB
public import Tenancy

/// The uploaded file of a document's version.
public struct OriginalRecord: Hashable, Sendable {
    /// SHA-256 of the bytes: 64 lower-case hexadecimal digits.
    public let digest: String
    /// Size of the file, in bytes.
    public let bytes: Int
    /// The media type, without parameters.
    public let mediaType: String
    public let fileName: String?

    public init(digest: String, bytes: Int, mediaType: String, fileName: String?) {
        (self.digest, self.bytes, self.mediaType, self.fileName) = (digest, bytes, mediaType, fileName)
    }
}

extension CatalogStore {
    /// Returns a document and its original, both of the same version; no original if none is kept.
    ///
    /// - Throws: `.documentNotFound`.
    public func documentWithOriginal(_ id: DocumentID, in scope: TenantScope) async throws -> (
        record: DocumentRecord, original: OriginalRecord?
    ) {
        try await read(in: scope) { db in
            let record = try Self.document(id, in: scope, db)
            let row = try db.row(
                "SELECT digest, bytes, media_type, file_name FROM original WHERE tenant = ? AND document = ? AND owner = ?",
                [scope.tenant.rawValue, record.number, scope.incarnation])
            return (
                record,
                row.map { OriginalRecord(digest: $0["digest"], bytes: $0["bytes"], mediaType: $0["media_type"], fileName: $0["file_name"]) }
            )
        }
    }

    /// Replaces the original of a document. The one before is released.
    static func writeOriginal(_ original: OriginalRecord?, of document: Int64, in scope: TenantScope, _ db: Database) throws {
        try db.run("DELETE FROM original WHERE tenant = ? AND document = ?", [scope.tenant.rawValue, document])
        guard let original else { return }
        try db.run(
            "INSERT INTO original (tenant, document, owner, digest, bytes, media_type, file_name) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                scope.tenant.rawValue, document, scope.incarnation, original.digest, original.bytes, original.mediaType, original.fileName,
            ])
    }

    /// Returns originals that a document referred to, and perhaps none refers to now, over all tenants.
    public func releasedOriginals(limit: Int) async throws -> [(owner: String, digest: String)] {
        try await pool.read { db in
            try Row.fetchAll(db, sql: "SELECT owner, digest FROM released_original LIMIT ?", arguments: [limit]).map {
                ($0["owner"], $0["digest"])
            }
        }
    }

    public func forgetReleasedOriginal(owner: String, digest: String) async throws {
        try await pool.write(.shrinks) { db in
            try db.run("DELETE FROM released_original WHERE owner = ? AND digest = ?", [owner, digest])
        }
    }

    /// Returns whether a document refers to the original.
    ///
    /// - Parameter owner: the incarnation of a tenant.
    public func isReferenced(owner: String, digest: String) async throws -> Bool {
        try await pool.read { db in
            try db.value("SELECT EXISTS (SELECT 1 FROM original WHERE owner = ? AND digest = ?)", [owner, digest]) ?? false
        }
    }

    /// Returns the digests of the originals of a tenant; `nil` if no tenant has this incarnation.
    public func originals(of owner: String) async throws -> Set<String>? {
        try await pool.read { db in
            guard try db.value("SELECT EXISTS (SELECT 1 FROM tenant WHERE generation = ?)", [owner]) ?? false else { return nil }
            return try String.fetchSet(db, sql: "SELECT digest FROM original WHERE owner = ?", arguments: [owner])
        }
    }
}
