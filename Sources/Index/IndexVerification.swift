public import Foundation
internal import Synchronization

/// The result of verifying an index's files.
public enum IndexVerification: Sendable, Equatable {
    /// Every checksum and every consistency check passed.
    case sound(sequence: Int64, rows: Int, deletedRows: Int, bytes: Int)
    /// There is no snapshot; the index will be rebuilt from the catalog.
    case absent
    /// The snapshot is unusable, or its row file is corrupt.
    case defective(reason: String)
}

extension CollectionIndex {
    /// Verifies every byte of a closed index without changing anything.
    ///
    /// - Parameters: see `open`.
    public static func verify(folder: URL, identity: String, dimension: Int) -> IndexVerification {
        verifyWithContents(folder: folder, identity: identity, dimension: dimension).verification
    }

    /// Verifies a closed index like `verify`, and also returns its contents if it is sound.
    public static func verifyWithContents(
        folder: URL, identity: String, dimension: Int
    ) -> (verification: IndexVerification, contents: IndexContents?) {
        precondition((1...65_536).contains(dimension), "dimension must be between 1 and 65536, got \(dimension)")
        let folder = IndexFolder(url: folder)
        // A threshold of 1 makes the reader check a stored graph of any size.
        var options = IndexOptions()
        options.graphThreshold = 1
        let reader = SnapshotReader(
            folder: folder, identity: identity, dimension: dimension, options: options, isReadOnly: true)
        do throws(SnapshotDefect) {
            let state = try reader.read()
            do throws(IndexError) {
                try state.rows.verify(Array(0..<state.rows.count))
            } catch {
                return (.defective(reason: error.detail), nil)
            }
            let sound = IndexVerification.sound(
                sequence: state.position.sequence, rows: state.catalog.count, deletedRows: state.catalog.deletedCount,
                bytes: folder.bytesOnDisk)
            return (sound, state.contents)
        } catch {
            return (error == .missing ? .absent : .defective(reason: error.reason), nil)
        }
    }

    /// Verifies every byte of the open index's snapshot. No snapshot or compaction runs at the same time.
    public func verifySnapshot() -> (verification: IndexVerification, contents: IndexContents?) {
        files.withLock { _ in Self.verifyWithContents(folder: folder.url, identity: identity, dimension: dimension) }
    }

    /// Returns the length of a folder's snapshot in bytes, 0 if there is none. It estimates the memory of the open index.
    public static func snapshotBytes(in folder: URL) -> Int { IndexFolder(url: folder).snapshotBytes }

    /// Removes a closed index's files; the next `open` returns an empty index. Other files in the folder stay.
    public static func removeFiles(in folder: URL) {
        let folder = IndexFolder(url: folder)
        folder.removeLeftovers(keepingRows: nil)
        try? FileManager.default.removeItem(at: folder.url.appending(path: SnapshotFormat.fileName))
    }
}

extension IndexState {
    fileprivate var contents: IndexContents {
        var chunks: [Int64: Set<Int64>] = [:]
        for row in 0..<catalog.count where catalog.isLive(row) {
            chunks[catalog.documents[row], default: []].insert(catalog.chunks[row])
        }
        return IndexContents(position: position, chunks: chunks)
    }
}
