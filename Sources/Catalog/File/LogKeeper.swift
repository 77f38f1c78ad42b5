import Dispatch
import Foundation
import GRDB
import Synchronization

/// Keeps the write-ahead log short: moves what it holds into the file and empties it, so that what was deleted is soon in no file, and a
/// damaged log has little to lose.
///
/// It has a connection of its own. The first step, which does the work, runs beside readers and the writer; the second empties the log, waits
/// for readers that look at an older state, and has writers wait behind.
final class LogKeeper: Sendable {
    private let file: CatalogFile
    private let connection: DatabaseQueue
    private let storage: StorageGuard
    private let report: CatalogNotice.Handler
    private let queue = DispatchQueue(label: "catalog.log", qos: .utility)
    private let isStarted = Atomic(false)
    private let failures = Mutex(0)

    /// How often the log is looked at.
    static let interval = DispatchTimeInterval.seconds(1)

    init(file: CatalogFile, storage: StorageGuard, report: @escaping CatalogNotice.Handler) throws {
        (self.file, self.storage, self.report) = (file, storage, report)
        var configuration = Configuration()
        configuration.label = "catalog.log"
        configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA synchronous = FULL") }
        connection = try DatabaseQueue(path: file.url.path, configuration: configuration)
    }

    /// Looks at the log each second from now on, and at the storage.
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

    /// A tick that is under way ends first.
    func stop() {
        if isStarted.exchange(false, ordering: .relaxed) { queue.sync {} }
    }

    func close() throws { try connection.close() }

    private func tick() {
        defer { storage.tend() }
        guard holdsAnything else { return }
        // The file may have to grow.
        if storage.isLow() { storage.releaseReserve() }
        let failed = failures.withLock { $0 }
        do {
            // Each try that readers frustrate makes the next one wait for them longer.
            let isEmpty = try empty(patience: .milliseconds(min(20 << min(failed, 6), 1000)))
            failures.withLock { $0 = isEmpty ? 0 : failed + 1 }
        } catch {
            failures.withLock { $0 = failed + 1 }
            if failed == 0 { report(CatalogNotice(.warning, "the catalog's log could not be emptied", ["error": "\(error)"])) }
        }
    }

    /// Whether the log has bytes, whoever wrote them.
    var holdsAnything: Bool {
        var status = stat()
        return stat(file.log.path, &status) == 0 && status.st_size > 0
    }

    /// Blocks the thread.
    ///
    /// - Parameter patience: how long readers and another process's writer are waited for.
    /// - Returns: whether the log is empty; if not, somebody stood in the way, nothing is lost, and another try may succeed.
    func empty(patience: Duration) throws -> Bool {
        try connection.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA busy_timeout = 0")
            _ = try db.checkpoint(.passive)
            try db.execute(sql: "PRAGMA busy_timeout = \(max(1, Int(patience / .milliseconds(1))))")
            do {
                _ = try db.checkpoint(.truncate)
                return true
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY || error.resultCode == .SQLITE_LOCKED {
                return false
            }
        }
    }
}
