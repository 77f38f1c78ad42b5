internal import Synchronization

extension CollectionIndex {
    /// Writes a snapshot to the index's folder, which the next `open` loads. Searches and changes continue; a change made
    /// during the write is in the next snapshot.
    ///
    /// The new snapshot replaces the old one atomically, after it and its row file have been flushed to disk: a crash leaves
    /// either the old or the new one.
    ///
    /// - Throws: `.fileFailed`, `.damaged`; the index remains as it was, and the old snapshot stays.
    public func saveSnapshot() throws(IndexError) {
        try files.withLock { _ throws(IndexError) in
            try detectingCorruption { () throws(IndexError) in try save() }
        }
    }

    /// Whether the index has changes that its snapshot does not contain.
    public var hasUnsavedChanges: Bool {
        let saved = saved.withLock { $0.revision }
        return saved != writer.withLock { $0.revision }
    }

    /// Writes a snapshot. The caller holds `files`.
    func save() throws(IndexError) {
        try folder.create()
        let (revision, view) = try writer.withLock { writer throws(IndexError) in
            try putRowsInFile()
            return (writer.revision, state.read { $0 })
        }
        try view.rows.file?.synchronize()
        try SnapshotWriter.write(view, identity: identity, to: folder)
        let number = view.rows.file?.number
        let before = saved.withLock { saved in
            defer { (saved.revision, saved.rowsNumber) = (revision, number) }
            return saved.rowsNumber
        }
        // The row file is a new one, usually after a compaction: remove the previous snapshot's.
        if before != number { folder.removeLeftovers(keepingRows: number) }
    }
}
