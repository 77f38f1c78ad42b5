/// Whether the process that opens a catalog may repair its file: only if no other process works with it.
public enum FileOwnership: Sendable {
    /// The caller holds the lock of the data directory, for as long as the catalog is open.
    case held
    /// The lock is taken for the repair, if it is free.
    case ifFree(DataDirectory)

    /// Runs `body` while no other process works with the file.
    ///
    /// - Returns: `nil` where another one does; `body` has not run then.
    func whileOwning<Value>(_ body: () throws -> Value) rethrows -> Value? {
        switch self {
        case .held: return try body()
        case .ifFree(let directory):
            guard let lock = try? DataDirectoryLock(directory) else { return nil }
            return try withExtendedLifetime(lock) { try body() }
        }
    }
}
