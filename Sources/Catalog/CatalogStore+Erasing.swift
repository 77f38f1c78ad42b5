import GRDB

/// Deleted rows are overwritten in the file when they are deleted (`secure_delete`). What they were is then only in the
/// write-ahead log, as long as that is not emptied.
extension CatalogStore {
    /// Readers that look at an older state are waited for so long; writers wait behind.
    private static let patienceMilliseconds = 500
    private static let ownPatienceMilliseconds = 30_000

    /// Writes what the log holds into the file, and empties the log: what was deleted before the call is then in no file. Blocks
    /// the thread.
    ///
    /// - Returns: `false` if a reader stood in the way; nothing is lost, and another try may succeed.
    public func emptyLog() throws -> Bool {
        try pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA busy_timeout = \(Self.patienceMilliseconds)")
            defer { try? db.execute(sql: "PRAGMA busy_timeout = \(Self.ownPatienceMilliseconds)") }
            do {
                try db.checkpoint(.truncate)
                return true
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                return false
            }
        }
    }
}
