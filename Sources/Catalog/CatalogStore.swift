public import Foundation
import GRDB

/// The truth about tenants, keys, documents, chunks and jobs, in one SQLite file.
///
/// A document version is written with all its chunks and vectors in one transaction; when a call has returned, what it wrote
/// survives the end of the process and of the machine (write-ahead log, `synchronous = FULL`). Several processes may open
/// the same file; who may own the data directory is decided by `DataDirectoryLock`.
public final class CatalogStore: Sendable {
    let pool: DatabasePool
    /// For questions of a row or two that every request asks: see `lookUp`.
    private let lookups: DatabaseQueue

    /// Opens the file, creates it where it is missing, and brings its tables up to date.
    ///
    /// - Throws: `CatalogError.unusable` where the file is no database, comes from a later version, or cannot be written.
    public init(file: URL) throws(CatalogError) {
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(30)
            configuration.maximumReaderCount = 8
            configuration.label = "catalog"
            configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA secure_delete = ON") }
            pool = try DatabasePool(path: file.path, configuration: configuration)
            // GRDB opens a pool with synchronous = NORMAL, which a power cut can roll back.
            try pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA synchronous = FULL") }
            try pool.write { db in
                guard try !CatalogSchema.migrator.hasBeenSuperseded(db) else {
                    throw CatalogError(.unusable, "\(file.path) was written by a later version of contextd")
                }
            }
            try CatalogSchema.migrator.migrate(pool)
            lookups = try Self.openForLookups(file)
        } catch let error as CatalogError {
            throw error
        } catch {
            throw CatalogError(.unusable, "\(file.path) cannot be opened as a catalog: \(error)")
        }
    }

    private static func openForLookups(_ file: URL) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        configuration.label = "catalog.lookups"
        return try DatabaseQueue(path: file.path, configuration: configuration)
    }

    /// Reads a few rows by their keys, with one statement, on the calling thread: some ten microseconds, where a reader of the pool costs
    /// as much again for each change of threads. Each statement sees what was committed last. Nothing long may be asked here.
    func lookUp<Value>(_ body: (Database) throws -> Value) throws -> Value { try lookups.unsafeRead(body) }

    /// Answers whether the database can be read now; for a readiness probe.
    public func isReachable() async -> Bool {
        (try? await pool.read { db in try Int.fetchOne(db, sql: "SELECT 1") }) == 1
    }

    /// Closes the file. Later calls throw.
    public func close() throws {
        try lookups.close()
        try pool.close()
    }
}
