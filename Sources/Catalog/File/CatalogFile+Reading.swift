import Foundation
import GRDB

extension Configuration {
    /// - Parameter timeoutSeconds: maximum wait for another connection's lock.
    init(label: String, timeoutSeconds: Double, isReadOnly: Bool = false) {
        self.init()
        (self.label, busyMode, readonly) = (label, .timeout(timeoutSeconds), isReadOnly)
    }
}

extension CatalogFile {
    /// Whether the log is not empty, whichever process wrote to it.
    var hasLog: Bool {
        var status = stat()
        return stat(log.path, &status) == 0 && status.st_size > 0
    }

    /// The path for connections that only read. Without a log, no process writes: the file is read as immutable, and SQLite creates no
    /// files beside it.
    var pathForReading: String { hasLog ? url.path : url.absoluteString + "?immutable=1" }

    /// Opens a connection that only reads.
    func reader(label: String) throws -> DatabaseQueue {
        try DatabaseQueue(path: pathForReading, configuration: Configuration(label: label, timeoutSeconds: 10, isReadOnly: true))
    }
}
