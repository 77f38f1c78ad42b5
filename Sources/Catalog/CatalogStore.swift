public import Foundation
import GRDB
public import Scheduling
import Synchronization

/// The store of tenants, keys, documents, chunks and jobs, in one SQLite file.
///
/// A document version is written with all its chunks and vectors in one transaction. When a write returns, it survives the end of the
/// process and of the machine (write-ahead log, `synchronous = FULL`). Several processes may open the same file; `DataDirectoryLock`
/// decides which one owns the data directory.
///
/// Each page of the file has a checksum. Reading a corrupt page throws `CatalogError.damaged`.
public final class CatalogStore: Sendable {
    let file: CatalogFile
    let pool: CatalogPool
    /// A connection for the small lookups that every request makes: see `lookUp`.
    private let lookups: DatabaseQueue
    private let lookupCache = Mutex(LookupCache())
    /// The component that checkpoints and empties the write-ahead log.
    let log: LogKeeper?
    let report: CatalogNotice.Handler
    /// The threads that read tenants' rows; scheduled fairly, so that one tenant's long reads do not block others.
    public let workers: WorkerPool

    /// Opens the file, creates it if it is missing, and migrates its tables.
    ///
    /// - Parameters:
    ///   - workers: the threads that read tenants' rows; by default the store makes its own.
    ///   - ownership: whether no other process uses the file. The owner repairs a corrupt log if possible, and adds checksums to a file
    ///     that another program wrote.
    ///   - storage: the space to keep free on the file system; `nil` for the defaults.
    ///   - report: receives notices for the operator, from any thread.
    /// - Throws: `CatalogError.unusable` if the file is not a database, comes from a later version, or cannot be written; `.damaged`.
    public init(
        file url: URL, workers: WorkerPool? = nil, ownership: FileOwnership = .held, storage limits: StorageLimits? = nil,
        report: @escaping CatalogNotice.Handler = { _ in }
    ) throws(CatalogError) {
        self.report = report
        self.workers = workers ?? WorkerPool(name: "catalog", threads: ProcessInfo.processInfo.activeProcessorCount, queueLimit: 4096)
        file = CatalogFile(url: url)
        let limits = limits ?? StorageLimits(directory: url.deletingLastPathComponent())
        do {
            try CatalogFile.register()
            (pool, lookups, log) = try Self.open(file, ownership, limits, report)
        } catch {
            throw error as? CatalogError ?? CatalogError(.unusable, "\(url.path) cannot be opened as a catalog: \(error)")
        }
    }

    private typealias Parts = (pool: CatalogPool, lookups: DatabaseQueue, log: LogKeeper?)

    /// Opens the file for writing, or for reading if it cannot be written.
    private static func open(
        _ file: CatalogFile, _ ownership: FileOwnership, _ limits: StorageLimits, _ report: @escaping CatalogNotice.Handler
    ) throws -> Parts {
        if isReadOnly(file.url) { return try openForReading(file, .readOnly, limits, report) }
        let storage = StorageGuard(catalog: file.url, limits: limits, report: report)
        // SQLite needs disk space for a log and its index to open the file.
        if storage.isLow() { storage.releaseReserve() }
        do {
            LogRecovery(file: file, report: report).run(ownership)
            try PageSealing(file: file, report: report).run(ownership)
            let pool = CatalogPool(try connect(file.url.path, isReadOnly: false), storage: storage, report: report)
            try prepare(pool, file.url)
            return (pool, try openForLookups(file.url.path), try LogKeeper(file: file, storage: storage, report: report))
        } catch  where isForWantOfRoom(error) && storage.isLow() && !file.hasLog && access(file.url.path, F_OK) == 0 {
            report(
                CatalogNotice(
                    .error, "storage is full; only reads are served until a restart with free space", ["error": "\(error)"]))
            return try openForReading(file, .full, limits, report)
        }
    }

    private static func openForReading(
        _ file: CatalogFile, _ status: StorageStatus, _ limits: StorageLimits, _ report: @escaping CatalogNotice.Handler
    ) throws -> Parts {
        let storage = StorageGuard(catalog: file.url, limits: limits, fixed: status, report: report)
        let pool = CatalogPool(try connect(file.pathForReading, isReadOnly: true), storage: storage, report: report)
        guard try pool.read({ db in try CatalogSchema.migrator.appliedIdentifiers(db) == Set(CatalogSchema.migrator.migrations) }) else {
            throw CatalogError(.unusable, "\(file.url.path) was written by another contextd version and cannot be migrated read-only")
        }
        return (pool, try openForLookups(file.pathForReading), nil)
    }

    private static func isForWantOfRoom(_ error: any Error) -> Bool {
        switch error {
        case let error as CatalogError: error.isStorageError
        case let error as DatabaseError: [.SQLITE_FULL, .SQLITE_IOERR, .SQLITE_CANTOPEN].contains(error.resultCode)
        default: false
        }
    }

    /// Returns whether the file exists but can only be read. SQLite creates files beside it, so the directory must be writable too.
    private static func isReadOnly(_ url: URL) -> Bool {
        guard access(url.path, R_OK) == 0 else { return false }
        return access(url.path, W_OK) != 0 || access(url.deletingLastPathComponent().path, W_OK) != 0
    }

    private static func connect(_ path: String, isReadOnly: Bool) throws -> DatabasePool {
        var configuration = Configuration(label: "catalog", timeoutSeconds: 30, isReadOnly: isReadOnly)
        // More readers than worker threads, so that no worker waits for a reader.
        configuration.maximumReaderCount = 2 * ProcessInfo.processInfo.activeProcessorCount + 6
        let lineage = Int64.random(in: 1...Int64.max)
        configuration.prepareDatabase { db in
            if isReadOnly { return }
            try CatalogFile.reserveRoom(db)
            try db.execute(sql: "PRAGMA secure_delete = ON")
            db.add(function: DatabaseFunction("session_lineage", argumentCount: 0) { _ in lineage })
        }
        return try DatabasePool(path: path, configuration: configuration)
    }

    private static func prepare(_ pool: CatalogPool, _ url: URL) throws {
        // GRDB opens a pool with synchronous = NORMAL, with which a power failure can lose commits.
        try pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA synchronous = FULL") }
        try pool.read { db in try CatalogSchema.check(db, of: url) }
        if try pool.read({ db in try !CatalogSchema.migrator.hasCompletedMigrations(db) }) {
            try pool.translating { try CatalogSchema.migrator.migrate(pool.connections) }
        }
    }

    private static func openForLookups(_ path: String) throws -> DatabaseQueue {
        try DatabaseQueue(path: path, configuration: Configuration(label: "catalog.lookups", timeoutSeconds: 5, isReadOnly: true))
    }

    /// Reads a few rows by key, with one statement, on the calling thread. This takes some 10 µs; a pooled reader adds as much for each
    /// thread switch. Each statement sees the last commit. Not for long queries.
    func lookUp<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try pool.translating { try lookups.unsafeRead(body) }
    }

    /// Does the same with the answers of earlier lookups, which are those of the last commit too: none came since. `body` looks up what is
    /// missing, and keeps it. A commit that comes between the two gives an answer that the next call drops.
    func lookUp<Value: Sendable>(_ body: (inout LookupCache, Database) throws -> Value) throws -> Value {
        try lookupCache.withLock { cache in
            try lookUp { db in
                try cache.validate(db)
                return try body(&cache, db)
            }
        }
    }

    /// Returns whether the database can be read now; for a readiness probe.
    public func isReachable() async -> Bool {
        (try? await pool.read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM tenant") }) != nil
    }

    /// The status of the storage that holds the catalog.
    public var storageStatus: StorageStatus { pool.storage.status }

    /// - Throws: `.storageFull` or `.storageReadOnly` if nothing can be added now.
    public func checkRoom() throws(CatalogError) { try pool.storage.admit(.grows) }

    /// Checkpoints and empties the log, and closes the file. Later calls throw. While another process has the file open or reads it, the
    /// log may remain for that process to empty.
    public func close() throws {
        log?.stop()
        defer { pool.storage.retakeReserve() }
        try lookups.close()
        try pool.connections.close()
        // GRDB closes its read-only connections last. SQLite removes the log only when the last connection that may write closes.
        guard let log else { return }
        if file.hasLog && pool.storage.isLow() { pool.storage.releaseReserve() }
        _ = try? log.empty(timeout: .milliseconds(200))
        try log.close()
    }
}
