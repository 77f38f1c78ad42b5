public import Foundation
import GRDB

/// Backs up and restores a catalog. A backup is a single file, without a separate log.
public enum CatalogBackup {
    /// Writes a consistent copy of a catalog, also while a server uses the catalog.
    ///
    /// The copy is checked before it gets its final name, and is flushed to disk when the call returns.
    ///
    /// - Parameter copy: the destination; must not exist.
    /// - Throws: `.unusable`; `.damaged` if the catalog has corrupt pages; then no copy is left.
    public static func write(_ catalog: URL, to copy: URL) throws(CatalogError) -> CatalogCheck {
        guard access(copy.path, F_OK) != 0 else { throw CatalogError(.unusable, "\(copy.path) already exists; choose another name") }
        let unfinished = URL(filePath: copy.path + ".unfinished")
        do {
            try copyPages(of: catalog, to: unfinished)
            let check = try checked(unfinished, of: catalog)
            try put(unfinished, at: copy)
            return check
        } catch {
            remove(unfinished)
            throw failure(error, "\(catalog.path) cannot be copied to \(copy.path)")
        }
    }

    /// Replaces the existing catalog with one restored from a copy. The caller holds the data directory's lock.
    ///
    /// The whole copy is read and checked first, and the catalog is replaced atomically. An index that does not belong to the restored
    /// catalog is rebuilt at its next use.
    ///
    /// - Parameter copy: a file that `write` made, or another intact SQLite catalog of this version or an earlier one.
    /// - Throws: `.unusable`, `.damaged`; then nothing was changed.
    public static func restore(_ copy: URL, to catalog: URL) throws(CatalogError) -> CatalogCheck {
        let unfinished = URL(filePath: catalog.path + ".restoring")
        remove(unfinished)
        do {
            _ = try checked(copy, of: copy)
            try copyPages(of: copy, to: unfinished)
            let check = try checked(unfinished, of: copy)
            try replace(catalog, by: unfinished)
            return check
        } catch {
            remove(unfinished)
            throw failure(error, "\(copy.path) cannot be restored to \(catalog.path)")
        }
    }

    private static func failure(_ error: any Error, _ what: String) -> CatalogError {
        switch error {
        case let error as CatalogError: error
        case let error as DatabaseError where error.extendedResultCode == .SQLITE_IOERR_DATA || error.resultCode == .SQLITE_CORRUPT:
            CatalogError(.damaged, "\(what): it has corrupt pages; run `contextd catalog verify`")
        default: CatalogError(.unusable, "\(what): \(error)")
        }
    }

    // MARK: Copy

    private static func copyPages(of source: URL, to copy: URL) throws {
        try CatalogFile.register()
        let file = CatalogFile(url: source)
        guard let summary = try file.summary() else { throw CatalogError(.unusable, "there is no catalog at \(source.path)") }
        remove(copy)
        // SQLite would create the file readable by everyone.
        close(open(copy.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600))
        let from = try file.reader(label: "catalog.backup")
        defer { try? from.close() }
        var configuration = Configuration()
        configuration.prepareDatabase { db in try CatalogFile.reserveRoom(db) }
        let to = try DatabaseQueue(path: copy.path, configuration: configuration)
        defer { try? to.close() }
        try from.unsafeRead { db in
            let isForeign = summary.isForeign || !summary.hasChecksums
            try isForeign ? CatalogFile.withoutChecking(db) { try backUp(db, to) } : backUp(db, to)
        }
        try to.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA journal_mode = DELETE") }
    }

    private static func backUp(_ db: Database, _ to: DatabaseQueue) throws {
        try to.writeWithoutTransaction { destination in try db.backup(to: destination) }
    }

    private static func checked(_ file: URL, of source: URL) throws -> CatalogCheck {
        let check = try CatalogCheck(file: file)
        if let finding = check.findings.first { throw CatalogError(.damaged, "\(source.path) is corrupt: \(finding.detail)") }
        let connection = try CatalogFile(url: file).reader(label: "catalog.backup")
        defer { try? connection.close() }
        try connection.unsafeRead { db in
            try CatalogFile.withoutChecking(db) {
                guard try db.tableExists("tenant"), try db.tableExists("document") else {
                    throw CatalogError(.unusable, "\(source.path) is not a contextd catalog")
                }
                try CatalogSchema.check(db, of: source)
            }
        }
        return check
    }

    // MARK: Files

    private static func remove(_ file: URL) {
        for suffix in ["", "-wal", "-shm", "-mark", "-journal"] { unlink(file.path + suffix) }
    }

    private static func put(_ unfinished: URL, at copy: URL) throws {
        try flush(unfinished, O_RDONLY)
        // Unlike `rename`, `link` does not replace a file that another process created there meanwhile.
        guard link(unfinished.path, copy.path) == 0 else {
            throw CatalogError(.unusable, "\(copy.path) cannot be created: \(String(cString: strerror(errno)))")
        }
        unlink(unfinished.path)
        try flush(copy.deletingLastPathComponent(), O_RDONLY | O_DIRECTORY)
    }

    private static func replace(_ catalog: URL, by unfinished: URL) throws {
        try flush(unfinished, O_RDONLY)
        let old = CatalogFile(url: catalog)
        settle(old)
        // SQLite would apply a leftover log to the new file.
        for suffix in ["-wal", "-shm", "-mark", "-journal"] { unlink(catalog.path + suffix) }
        for copy in old.damagedLogs { unlink(copy.path) }
        guard rename(unfinished.path, catalog.path) == 0 else {
            throw CatalogError(.unusable, "\(catalog.path) cannot be replaced: \(String(cString: strerror(errno)))")
        }
        try flush(catalog.deletingLastPathComponent(), O_RDONLY | O_DIRECTORY)
    }

    /// Checkpoints the old catalog's log into its file, so that the file is complete until it is replaced. A corrupt log stays as it is.
    private static func settle(_ old: CatalogFile) {
        guard old.hasLog, let connection = try? DatabaseQueue(path: old.url.path) else { return }
        _ = try? connection.writeWithoutTransaction { db in try db.checkpoint(.truncate) }
        try? connection.close()
    }

    private static func flush(_ url: URL, _ flags: Int32) throws {
        let descriptor = open(url.path, flags | O_CLOEXEC)
        defer { close(descriptor) }
        guard descriptor >= 0, fsync(descriptor) == 0 else {
            throw CatalogError(.unusable, "\(url.path) cannot be flushed: \(String(cString: strerror(errno)))")
        }
    }
}
