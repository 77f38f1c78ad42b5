public import Foundation
public import Scheduling

/// A store of originals as files: `OWNER/ab/cdef…`, where `abcdef…` is the digest. Only the file's owner may read them.
///
/// A file gets its name when it is complete and flushed to disk. Until then its name begins with a dot.
public struct FileOriginalStore: OriginalStore {
    private let folder: URL
    private let workers: WorkerPool

    /// - Parameters:
    ///   - folder: created with the first original.
    ///   - workers: the threads that wait for the disk.
    public init(folder: URL, workers: WorkerPool) { (self.folder, self.workers) = (folder, workers) }

    public func put(_ bytes: [UInt8], as key: OriginalKey) async throws {
        try await work(for: key.owner) { try write(bytes, as: key) }
    }

    public func open(_ key: OriginalKey) async throws -> (any OriginalReader)? {
        let path = file(key)
        return try await work(for: key.owner) { try OriginalFile(path: path, owner: key.owner, workers: workers) }
    }

    public func remove(_ key: OriginalKey) async throws {
        let path = file(key)
        try await work(for: key.owner) {
            guard unlink(path) == 0 || errno == ENOENT else { throw Self.failure("remove", path) }
        }
    }

    public func removeAll(of owner: String) async throws {
        guard OriginalKey.isName(owner) else { return }
        let path = folder.appending(path: owner).path
        try await work(for: owner) {
            guard access(path, F_OK) == 0 else { return }
            do { try FileManager.default.removeItem(atPath: path) } catch {
                throw OriginalError(.unavailable, "\(path) cannot be removed: \(error.localizedDescription)")
            }
        }
    }

    public func owners() async throws -> [String] {
        try await work(for: "") { try Self.names(in: folder.path).filter(OriginalKey.isName) }
    }

    public func keys(of owner: String) async throws -> [OriginalKey] {
        guard OriginalKey.isName(owner) else { return [] }
        let path = folder.appending(path: owner).path
        return try await work(for: owner) {
            try Self.names(in: path).flatMap { prefix in
                try Self.names(in: "\(path)/\(prefix)").compactMap { name in
                    if name.hasPrefix(".") { unlink("\(path)/\(prefix)/\(name)") }
                    return OriginalKey(owner: owner, digest: prefix + name)
                }
            }
        }
    }

    /// Returns whether a file of this size is there for an original. Blocks the thread on the disk.
    public static func has(_ key: OriginalKey, bytes: Int, in folder: URL) -> Bool {
        size(of: folder.appending(path: path(of: key)).path) == bytes
    }

    // MARK: Files

    private func work<Value: Sendable>(for owner: String, _ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await workers.run(for: owner.isEmpty ? .process : WorkKey("originals \(owner)"), .long) { _ in try body() }
    }

    private static func path(of key: OriginalKey) -> String { "\(key.owner)/\(key.digest.prefix(2))/\(key.digest.dropFirst(2))" }

    private func file(_ key: OriginalKey) -> String { folder.appending(path: Self.path(of: key)).path }

    private func write(_ bytes: [UInt8], as key: OriginalKey) throws {
        let path = file(key)
        guard Self.size(of: path) != bytes.count else { return }
        let parent = URL(filePath: path).deletingLastPathComponent()
        try Self.makeFolder(parent)
        let unfinished = parent.appending(path: ".\(key.digest.dropFirst(2)).\(UInt64.random(in: 0 ... .max))").path
        do {
            try Self.write(bytes, to: unfinished)
            guard rename(unfinished, path) == 0 else { throw Self.failure("create", path) }
        } catch {
            unlink(unfinished)
            throw error
        }
        try Self.flush(parent.path)
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        let descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("create", path) }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw failure("write", path) }
            rest = rest.dropFirst(written)
        }
        guard fsync(descriptor) == 0 else { throw failure("flush", path) }
    }

    /// Creates a folder and its parents with access for the owner only, and flushes the entries of new ones.
    private static func makeFolder(_ url: URL) throws {
        if access(url.path, F_OK) == 0 { return }
        let parent = url.deletingLastPathComponent()
        if parent.path != url.path { try makeFolder(parent) }
        guard mkdir(url.path, 0o700) == 0 || errno == EEXIST else { throw failure("create", url.path) }
        try flush(parent.path)
    }

    private static func flush(_ path: String) throws {
        let descriptor = Foundation.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        guard descriptor >= 0, fsync(descriptor) == 0 else { throw failure("flush", path) }
    }

    /// Returns the names in a folder; none if it is missing.
    private static func names(in path: String) throws -> [String] {
        guard access(path, F_OK) == 0 else { return [] }
        do { return try FileManager.default.contentsOfDirectory(atPath: path) } catch {
            // A file, or a folder that was removed meanwhile.
            guard access(path, F_OK) == 0, isFolder(path) else { return [] }
            throw OriginalError(.unavailable, "\(path) cannot be listed: \(error.localizedDescription)")
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func size(of path: String) -> Int? {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    static func failure(_ action: String, _ path: String) -> OriginalError {
        let number = errno
        let isFull = number == ENOSPC || number == EDQUOT
        return OriginalError(isFull ? .full : .unavailable, "cannot \(action) \(path): \(String(cString: strerror(number)))")
    }
}
