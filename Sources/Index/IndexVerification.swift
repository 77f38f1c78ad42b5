public import Foundation
internal import Synchronization

/// What was found in an index's folder.
public enum IndexVerification: Sendable, Equatable {
    /// Every checksum and every relation holds.
    case sound(sequence: Int64, rows: Int, deletedRows: Int, bytes: Int)
    /// There is no snapshot; the index will be made from the catalog.
    case absent
    /// The snapshot will not be used, or searches would meet rows that are not what was written.
    case defective(reason: String)
}

extension CollectionIndex {
    /// Reads every byte of a closed index and changes nothing.
    ///
    /// - Parameters: as `open`.
    public static func verify(folder: URL, identity: String, dimension: Int) -> IndexVerification {
        verifyWithContents(folder: folder, identity: identity, dimension: dimension).verification
    }

    /// As `verify`, with what the rows stand for, if they are sound.
    public static func verifyWithContents(
        folder: URL, identity: String, dimension: Int
    ) -> (verification: IndexVerification, contents: IndexContents?) {
        precondition((1...65_536).contains(dimension), "an index of \(dimension) components")
        let folder = IndexFolder(url: folder)
        // Every stored graph is read, whatever the size from which one is used.
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

    /// Reads every byte of the snapshot in place, which is not replaced meanwhile.
    public func verifySnapshot() -> (verification: IndexVerification, contents: IndexContents?) {
        files.withLock { _ in Self.verifyWithContents(folder: folder.url, identity: identity, dimension: dimension) }
    }

    /// Length of the snapshot in a folder, 0 if there is none: what an index takes once it is open is of that order.
    public static func snapshotBytes(in folder: URL) -> Int { IndexFolder(url: folder).snapshotBytes }

    /// Removes a closed index's files; the next `open` begins empty. Other files in the folder stay.
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
