internal import Synchronization

extension CollectionIndex {
    /// Writes everything to the index's folder, so that the next `open` begins here. Searches and changes go on; a change
    /// that comes meanwhile is in the next snapshot.
    ///
    /// The file replaces the one before in one step, after it and the rows it names have reached the disk: a crash leaves
    /// one or the other.
    ///
    /// - Throws: `.fileFailed`, `.damaged`; the index goes on as it was, and the old snapshot stays.
    public func saveSnapshot() throws(IndexError) {
        try files.withLock { _ throws(IndexError) in
            try noticingDamage { () throws(IndexError) in try save() }
        }
    }

    /// Whether there is something in the index that its snapshot does not have.
    public var hasUnsavedChanges: Bool {
        let saved = saved.withLock { $0.revision }
        return saved != writer.withLock { $0.revision }
    }

    /// `files` is held.
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
        // The rows of the snapshot before, in which some are deleted.
        if before != number { folder.removeLeftovers(keepingRows: number) }
    }
}
