import GRDB

/// Deleted rows are overwritten in the file when they are deleted (`secure_delete`). What they were is then only in the
/// write-ahead log, until that is emptied: within seconds, by the process that owns the data directory.
extension CatalogStore {
    private static let patience = Duration.milliseconds(500)

    /// Has the log emptied each second if it holds anything, and watches the storage. For the process that owns the data directory.
    public func keepLogShort() { log?.start() }

    /// Writes what the log holds into the file, and empties the log: what was deleted before the call is then in no file. Blocks
    /// the thread.
    ///
    /// - Returns: `false` if a reader stood in the way; nothing is lost, and another try may succeed.
    public func emptyLog() throws -> Bool {
        guard let log else { return false }
        return try pool.translating { try log.empty(patience: Self.patience) }
    }

    /// Calls `emptyLog`, several times if need be.
    ///
    /// - Returns: `false` if a reader stood in the way for about five seconds.
    public func eraseDeleted() throws -> Bool {
        for _ in 0..<10 where try emptyLog() { return true }
        return false
    }
}

extension CatalogStore {
    /// Looks at the storage now, as `keepLogShort` does each second.
    package func tendStorage() { pool.storage.tend() }
}
