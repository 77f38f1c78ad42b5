public import Foundation

/// Where one contextd keeps everything: `catalog.sqlite`, the folder `index`, and the lock.
public struct DataDirectory: Hashable, Sendable {
    public let url: URL

    public init(_ url: URL) { self.url = url }

    public var catalog: URL { url.appending(path: "catalog.sqlite") }
    public var indexes: URL { url.appending(path: "index") }
    var lock: URL { url.appending(path: "lock") }

    /// Makes the directory, readable by its owner only.
    ///
    /// - Throws: `CatalogError.unusable`.
    public func create() throws(CatalogError) {
        do {
            try FileManager.default.createDirectory(
                at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CatalogError(.unusable, "the data directory \(url.path) cannot be made: \(error.localizedDescription)")
        }
    }
}

/// The right to write indexes and run jobs in a data directory: one process at a time. Given up when the value is
/// destroyed or the process ends, however it ends.
public final class DataDirectoryLock: Sendable {
    private let descriptor: Int32

    /// - Throws: `Held` with the owner's process id, where another process holds it; `CatalogError.unusable` where the file
    ///   cannot be made.
    public init(_ directory: DataDirectory) throws {
        let path = directory.lock.path
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CatalogError(.unusable, "\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            defer { close(descriptor) }
            let owner = (try? String(contentsOf: directory.lock, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
            throw Held(directory: directory.url.path, owner: owner.flatMap(Int.init))
        }
        let text = Array("\(ProcessInfo.processInfo.processIdentifier)\n".utf8)
        ftruncate(descriptor, 0)
        pwrite(descriptor, text, text.count, 0)
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    public struct Held: Error, Sendable, CustomStringConvertible {
        public let directory: String
        public let owner: Int?

        public var description: String {
            let who = owner.map { "process \($0)" } ?? "another process"
            return "\(directory) is in use by \(who); go through it with --server URL --key KEY, or choose another --data-dir"
        }
    }
}
