internal import Foundation

/// The folder that holds an index's files.
struct IndexFolder: Sendable {
    let url: URL

    /// Creates the folder if it does not exist.
    func create() throws(IndexError) {
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        } catch {
            throw IndexError(.fileFailed, "folder \(url.lastPathComponent) cannot be created", cause: error)
        }
    }

    /// Flushes the folder's directory entries to disk.
    func synchronize() throws(IndexError) {
        let descriptor = unsafe open(url.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw OutputFile.systemError("open folder") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw OutputFile.systemError("fsync folder") }
    }

    /// Removes the files that an interrupted write or compaction left: all index files except the snapshot and its row
    /// file. Files with other names stay.
    func removeLeftovers(keepingRows number: UInt64?) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? [] {
            let isOldRows = name.hasPrefix(RowFormat.prefix) && name != number.map(RowFormat.fileName)
            guard isOldRows || name == SnapshotFormat.unfinishedName else { continue }
            try? FileManager.default.removeItem(at: url.appending(path: name))
        }
    }

    /// Total size of the index's files, in bytes.
    var bytesOnDisk: Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        return names.filter { $0 == SnapshotFormat.fileName || $0.hasPrefix(RowFormat.prefix) }.reduce(0) { $0 + length(of: $1) }
    }

    var snapshotBytes: Int { length(of: SnapshotFormat.fileName) }

    private func length(of name: String) -> Int {
        var status = stat()
        return unsafe stat(url.appending(path: name).path, &status) == 0 ? Int(status.st_size) : 0
    }
}
