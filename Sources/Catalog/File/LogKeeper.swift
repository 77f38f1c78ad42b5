import Dispatch
import Foundation
import GRDB
import Synchronization

/// Keeps the write-ahead log short by checkpointing and emptying it. Deleted data then soon disappears from all files, and a corrupt log
/// can lose little.
///
/// It uses its own connection. The first step, a passive checkpoint, does most of the work beside readers and the writer. The second step
/// empties the log; it waits for readers of older states, and writers wait for it.
final class LogKeeper: Sendable {
    private let file: CatalogFile
    private let connection: DatabaseQueue
    private let storage: StorageGuard
    private let report: CatalogNotice.Handler
    private let queue = DispatchQueue(label: "catalog.log", qos: .utility)
    private let isStarted = Atomic(false)
    private let failures = Mutex(0)

    /// Time between two checks of the log.
    static let interval = DispatchTimeInterval.seconds(1)

    init(file: CatalogFile, storage: StorageGuard, report: @escaping CatalogNotice.Handler) throws {
        (self.file, self.storage, self.report) = (file, storage, report)
        var configuration = Configuration(label: "catalog.log", timeoutSeconds: 5)
        configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA synchronous = FULL") }
        connection = try DatabaseQueue(path: file.url.path, configuration: configuration)
    }

    /// Starts to check the log and the storage every second.
    func start() {
        guard !isStarted.exchange(true, ordering: .relaxed) else { return }
        storage.keepReserve()
        schedule()
    }

    private func schedule() {
        queue.asyncAfter(deadline: .now() + Self.interval) { [weak self] in
            guard let self, self.isStarted.load(ordering: .relaxed) else { return }
            self.tick()
            self.schedule()
        }
    }

    /// Stops, after the end of a tick that is running.
    func stop() {
        if isStarted.exchange(false, ordering: .relaxed) { queue.sync {} }
    }

    func close() throws { try connection.close() }

    private func tick() {
        defer { storage.tend() }
        guard file.hasLog else { return }
        // The database file may have to grow.
        if storage.isLow() { storage.releaseReserve() }
        let failed = failures.withLock { $0 }
        do {
            // After each attempt that readers prevent, the next one waits longer for them.
            let isEmpty = try empty(timeout: .milliseconds(min(20 << min(failed, 6), 1000)))
            failures.withLock { $0 = isEmpty ? 0 : failed + 1 }
        } catch {
            failures.withLock { $0 = failed + 1 }
            if failed == 0 { report(CatalogNotice(.warning, "truncating the catalog's write-ahead log failed", ["error": "\(error)"])) }
        }
    }

    /// Checkpoints and empties the log. Blocks the thread.
    ///
    /// - Parameter timeout: maximum wait for readers, for another process's writer, and for another checkpoint.
    /// - Returns: whether the log is empty; if not, nothing is lost, and a retry may succeed.
    func empty(timeout: Duration) throws -> Bool {
        let deadline = ContinuousClock.now + timeout
        while true {
            let rest = deadline - .now
            if try checkpoint(timeout: rest) { return true }
            guard rest > .zero else { return false }
            // SQLite refuses a second checkpoint at once, whatever the timeout.
            usleep(10_000)
        }
    }

    private func checkpoint(timeout: Duration) throws -> Bool {
        try connection.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA busy_timeout = \(max(1, Int(timeout / .milliseconds(1))))")
            do {
                _ = try db.checkpoint(.passive)
                _ = try db.checkpoint(.truncate)
                return true
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY || error.resultCode == .SQLITE_LOCKED {
                return false
            }
        }
    }
}
