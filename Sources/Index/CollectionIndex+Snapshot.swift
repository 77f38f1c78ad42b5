internal import Synchronization

extension CollectionIndex {
    /// Writes everything to the index's folder, so that the next `open` begins here. Searches go on; changes wait.
    ///
    /// The file replaces the one before in one step, after it has reached the disk: a crash leaves one or the other.
    /// Afterwards the float32 rows are mapped from the new file, and their memory is the system's to reclaim.
    ///
    /// - Throws: `.snapshotFailed`; the index goes on as it was, and the old file stays.
    public func saveSnapshot() throws(IndexError) {
        try writer.withLock { _ throws(IndexError) in
            let count = try state.read { state throws(IndexError) in
                try SnapshotWriter.write(state, identity: identity, to: file)
                return state.rows.count
            }
            mapRows(count)
        }
    }

    /// Takes the rows out of the file just written. If that fails they stay where they are.
    private func mapRows(_ count: Int) {
        do throws(SnapshotDefect) {
            let sections = try SnapshotSections(try MappedFile(file), verifying: false)
            guard sections.rows == count else { return }
            let rows = VectorRows(
                dimension: dimension, mapped: try sections.floats(.rows, count: count * dimension))
            state.write { $0.rows = rows }
        } catch {}
    }
}
