internal import Synchronization

extension CollectionIndex {
    /// Removes all chunks of `removingDocuments`, then adds `adding`. The change is atomic for searches.
    ///
    /// An added chunk replaces the one with the same ID, so applying a change twice has no further effect. The graph build
    /// and compaction are left to `maintain`.
    ///
    /// - Parameters:
    ///   - sequence: the catalog's sequence number after this change, not lower than the index's. Several changes
    ///     may have the same number, for example while an index is rebuilt from the catalog.
    ///   - lineage: identifies the history that `sequence` belongs to.
    /// - Throws: `.dimensionMismatch`, `.notFinite`, `.duplicateChunk`, `.staleSequence`, `.exhausted`; the index is then
    ///   unchanged.
    public func apply(removingDocuments: [Int64], adding: [IndexEntry], sequence: Int64, lineage: Int64 = 0) throws(IndexError) {
        try validate(adding)
        let change = PreparedChange(
            removingDocuments: removingDocuments, adding: adding, position: IndexPosition(sequence: sequence, lineage: lineage))
        waitForRoomToReplay()
        try writer.withLock { writer throws(IndexError) in
            let codes = try state.read { state throws(IndexError) in try state.codes(after: change) }
            state.write { $0.apply(change, codes: codes) }
            writer.replay?.append(change)
            writer.revision += 1
            moveTailToFile()
        }
    }

    private func validate(_ entries: [IndexEntry]) throws(IndexError) {
        var seen = Set<Int64>(minimumCapacity: entries.count)
        for entry in entries {
            guard entry.vector.count == dimension else {
                throw IndexError(.dimensionMismatch, "a vector must have \(dimension) components, got \(entry.vector.count)")
            }
            guard entry.vector.allSatisfy(\.isFinite) else {
                throw IndexError(.notFinite, "the vector of chunk \(entry.chunk) contains NaN or infinity")
            }
            guard seen.insert(entry.chunk).inserted else {
                throw IndexError(.duplicateChunk, "duplicate chunk \(entry.chunk)")
            }
        }
    }

    /// Waits for the running compaction to end if its replay is full, so that the number of changes to replay is bounded.
    private func waitForRoomToReplay() {
        while writer.withLock({ $0.replay?.isFull ?? false }) { files.withLock { _ in } }
    }

    /// Moves new rows to the row file when their memory reaches its limit. If the write fails, they stay in memory.
    /// The caller holds `writer`.
    private func moveTailToFile() {
        guard state.read({ $0.rows.isTailFull }) else { return }
        do throws(IndexError) {
            try putRowsInFile()
        } catch {}
    }

    /// Moves all rows to the row file. The caller holds `writer`.
    func putRowsInFile() throws(IndexError) {
        let rows = try state.read { $0.rows }.inFile(of: folder)
        state.write { $0.rows = rows }
    }
}

extension IndexState {
    /// Returns the codes after a change. Does every check that can reject the change.
    func codes(after change: PreparedChange) throws(IndexError) -> Codes {
        guard change.position.sequence >= position.sequence else {
            throw IndexError(.staleSequence, "sequence number must be at least \(position.sequence), got \(change.position.sequence)")
        }
        guard change.chunks.count <= RowCatalog.maximumRows - catalog.count else {
            throw IndexError(.exhausted, "too many rows: \(catalog.count), and \(change.chunks.count) to add")
        }
        return try codes.appending(change.codes.span)
    }
}

/// Changes to replay on a compacted state.
struct Replay: Sendable {
    /// Number of added chunks and removed documents from which changes wait for the compaction: some 64 MB.
    private static let limit = 8_192

    private(set) var changes: [PreparedChange] = []
    private var size = 0

    var isFull: Bool { size >= Self.limit }

    mutating func append(_ change: PreparedChange) {
        changes.append(change)
        size += change.chunks.count + change.removingDocuments.count
    }
}
