import Foundation

/// The exclusive right of one process to write indexes and run jobs in a data directory. It ends when the value is destroyed or the process
/// ends, in whatever way.
///
/// The directory itself is locked, so the lock holds even if the file `lock` is deleted or replaced. The file records the owner's process
/// id, and keeps out earlier versions, which lock only the file.
public final class DataDirectoryLock: Sendable {
    private let folder: Int32
    /// -1 if the directory cannot be written.
    private let file: Int32

    /// - Throws: `Held`, with the owner's process id, if another process holds the lock; `CatalogError.unusable` if the directory or the
    ///   file cannot be opened.
    public init(_ directory: DataDirectory) throws {
        let folder = try Self.open(directory.url.path, O_RDONLY | O_DIRECTORY)
        guard flock(folder, LOCK_EX | LOCK_NB) == 0 else {
            close(folder)
            throw Held(directory)
        }
        do {
            file = try Self.lockedFile(directory)
        } catch {
            close(folder)
            throw error
        }
        self.folder = folder
    }

    deinit {
        if file >= 0 { close(file) }
        close(folder)
    }

    private static func lockedFile(_ directory: DataDirectory) throws -> Int32 {
        let file: Int32
        do {
            file = try open(directory.lock.path, O_RDWR | O_CREAT)
        } catch {
            // No other process can write here either.
            if [EROFS, EACCES, ENOSPC, EDQUOT].contains(error.errno) { return -1 }
            throw error
        }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            throw Held(directory)
        }
        let text = Array("\(ProcessInfo.processInfo.processIdentifier)\n".utf8)
        ftruncate(file, 0)
        pwrite(file, text, text.count, 0)
        return file
    }

    private struct OpenFailure: Error, CustomStringConvertible {
        let path: String
        let errno: Int32

        var description: String { "\(path) cannot be opened: \(String(cString: strerror(errno)))" }
    }

    private static func open(_ path: String, _ flags: Int32) throws(OpenFailure) -> Int32 {
        let descriptor = Foundation.open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw OpenFailure(path: path, errno: errno) }
        return descriptor
    }

    public struct Held: Error, Sendable, CustomStringConvertible {
        public let directory: String
        public let owner: Int?

        fileprivate init(_ directory: DataDirectory) {
            self.directory = directory.url.path
            owner = (try? String(contentsOf: directory.lock, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
                .split(separator: "\n").first.flatMap { Int($0) }
        }

        public var description: String {
            let who = owner.map { "process \($0)" } ?? "another process"
            return "\(directory) is in use by \(who); connect to it with --server URL --key KEY, or choose another --data-dir"
        }
    }
}
