internal import Synchronization

extension CollectionIndex {
    /// Removes every chunk of the documents `removingDocuments`, then adds; readers see all of it or nothing.
    ///
    /// A chunk that is already there is replaced, so a change that is applied again changes nothing. Builds and compacts
    /// nothing: that is left to `maintain`.
    ///
    /// - Parameters:
    ///   - sequence: the catalog's sequence number after this change; not before the index's own. Several
    ///     changes may carry the same one, as when an index is fed again from the catalog.
    ///   - lineage: tells the history that `sequence` belongs to.
    /// - Throws: `.dimensionMismatch`, `.notFinite`, `.duplicateChunk`, `.staleSequence`, `.exhausted`; nothing has
    ///   then changed.
    public func apply(removingDocuments: [Int64], adding: [IndexEntry], sequence: Int64, lineage: Int64 = 0) throws(IndexError) {
        try validate(adding)
        let change = PreparedChange(removingDocuments: removingDocuments, adding: adding, position: IndexPosition(sequence: sequence, lineage: lineage))
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
                throw IndexError(.dimensionMismatch, "\(entry.vector.count) components for an index of \(dimension)")
            }
            guard entry.vector.allSatisfy(\.isFinite) else {
                throw IndexError(.notFinite, "chunk \(entry.chunk): a vector with NaN or infinity")
            }
            guard seen.insert(entry.chunk).inserted else {
                throw IndexError(.duplicateChunk, "chunk \(entry.chunk) twice")
            }
        }
    }

    /// A compaction that changes overtake would have to do more and more of them again: beyond a bound they wait for it.
    private func waitForRoomToReplay() {
        while writer.withLock({ $0.replay?.isFull ?? false }) { files.withLock { _ in } }
    }

    /// Bounds the memory of new rows. Where the file cannot be written they stay in memory until a snapshot succeeds.
    /// `writer` is held.
    private func moveTailToFile() {
        guard state.read({ $0.rows.isTailFull }) else { return }
        do throws(IndexError) {
            try putRowsInFile()
        } catch {}
    }

    /// `writer` is held.
    func putRowsInFile() throws(IndexError) {
        let rows = try state.read { $0.rows }.inFile(of: folder)
        state.write { $0.rows = rows }
    }
}

extension IndexState {
    /// The codes as they will be after a change; checks all that could stop it.
    func codes(after change: PreparedChange) throws(IndexError) -> Codes {
        guard change.position.sequence >= position.sequence else {
            throw IndexError(.staleSequence, "\(change.position.sequence) after \(position.sequence)")
        }
        guard change.chunks.count <= RowCatalog.maximumRows - catalog.count else {
            throw IndexError(.exhausted, "\(catalog.count) rows and \(change.chunks.count) more")
        }
        return try codes.appending(change.codes.span)
    }
}

/// Changes to be done again to a compacted state.
struct Replay: Sendable {
    /// Chunks, added or removed with their documents, beyond which changes wait: some 64 MB.
    private static let limit = 8_192

    private(set) var changes: [PreparedChange] = []
    private var size = 0

    var isFull: Bool { size >= Self.limit }

    mutating func append(_ change: PreparedChange) {
        changes.append(change)
        size += change.chunks.count + change.removingDocuments.count
    }
}
