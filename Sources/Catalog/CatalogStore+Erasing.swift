import GRDB

/// SQLite overwrites deleted rows in the database file (`secure_delete`). Their old content then remains only in the write-ahead log, until
/// the process that owns the data directory empties the log, within seconds.
extension CatalogStore {
    private static let timeout = Duration.milliseconds(500)

    /// Starts to empty the log every second and to monitor the storage. Only for the process that owns the data directory.
    public func keepLogShort() { log?.start() }

    /// Checkpoints the log into the database file and empties it. Afterwards no file contains data that was deleted before the call. Blocks
    /// the thread.
    ///
    /// - Returns: `false` if a reader prevented it; nothing is lost, and a retry may succeed.
    public func emptyLog() throws -> Bool {
        guard let log else { return false }
        return try pool.translating { try log.empty(timeout: Self.timeout) }
    }

    /// Calls `emptyLog` until it succeeds, up to ten times.
    ///
    /// - Returns: `false` if readers prevented it for about five seconds.
    public func eraseDeleted() throws -> Bool {
        for _ in 0..<10 where try emptyLog() { return true }
        return false
    }
}

extension CatalogStore {
    /// Checks the storage now, as `keepLogShort` does every second.
    package func tendStorage() { pool.storage.tend() }
}
