import Foundation
import GRDB

/// Adds page checksums where they are missing or outdated. Runs before any other connection is opened.
struct PageSealing {
    let file: CatalogFile
    let report: CatalogNotice.Handler

    /// Seals the file if needed. Rewrites a catalog of an earlier version. If another program wrote the file last, for example to make a
    /// backup, runs SQLite's integrity check and recomputes the checksums.
    ///
    /// - Throws: `.damaged` if SQLite finds such a file corrupt.
    func run(_ ownership: FileOwnership) throws {
        guard let summary = try file.summary() else { return }
        if !summary.hasChecksums {
            _ = try ownership.whileOwning { try rewrite() }
        } else if summary.isForeign {
            _ = try ownership.whileOwning { try seal() }
        }
    }

    private func connected(_ body: (Database) throws -> Void) throws {
        let configuration = Configuration(label: "catalog.sealing", timeoutSeconds: 30)
        let connection = try DatabaseQueue(path: file.url.path, configuration: configuration)
        defer { try? connection.close() }
        try connection.writeWithoutTransaction(body)
    }

    /// Rewrites the file. This needs as much free space as the catalog takes; without it the catalog stays without checksums.
    private func rewrite() throws {
        report(CatalogNotice(.warning, "adding page checksums to the catalog; this happens once", ["file": file.url.path]))
        do {
            try connected { db in
                try db.execute(sql: "PRAGMA secure_delete = ON")
                try CatalogFile.reserveRoom(db)
                try db.execute(sql: "VACUUM")
                _ = try db.checkpoint(.truncate)
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_NOTADB || error.resultCode == .SQLITE_CORRUPT {
            throw error
        } catch {
            report(CatalogNotice(.warning, "adding page checksums to the catalog failed; continuing without them", ["error": "\(error)"]))
        }
    }

    private func seal() throws {
        try connected { db in
            try CatalogFile.withoutChecking(db) {
                _ = try db.checkpoint(.truncate)
                let found = try String.fetchAll(db, sql: "PRAGMA integrity_check(5)")
                guard found == ["ok"] else {
                    throw CatalogError(.damaged, "\(file.url.path) was written by another program and is corrupt: \(found.first ?? "")")
                }
                try db.inTransaction(.immediate) {
                    try CatalogFile.seal(db)
                    return .commit
                }
            }
        }
        report(
            CatalogNotice(
                .warning, "the catalog was written by another program; its integrity check passed, and its page checksums were recomputed",
                ["file": file.url.path]))
    }
}
