/// Whether the process that opens a catalog may repair its file, which it may do only while no other process uses the file.
public enum FileOwnership: Sendable {
    /// The caller holds the data directory's lock for as long as the catalog is open.
    case held
    /// The store takes the lock for the repair, if the lock is free.
    case ifFree(DataDirectory)

    /// Runs `body` while no other process uses the file.
    ///
    /// - Returns: `nil` if another process owns the file; then `body` did not run.
    func whileOwning<Value>(_ body: () throws -> Value) rethrows -> Value? {
        switch self {
        case .held: return try body()
        case .ifFree(let directory):
            guard let lock = try? DataDirectoryLock(directory) else { return nil }
            return try withExtendedLifetime(lock) { try body() }
        }
    }
}
