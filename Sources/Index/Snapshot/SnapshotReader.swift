internal import Foundation

/// A reader that loads a snapshot into an `IndexState`, or reports why it cannot.
struct SnapshotReader {
    let folder: IndexFolder
    let identity: String
    let dimension: Int
    let options: IndexOptions
    /// Whether to leave the files unchanged; otherwise the row file is truncated to the snapshot's rows.
    var isReadOnly = false

    struct Opened {
        let state: IndexState
        let recovery: IndexRecovery
    }

    /// Returns the snapshot's state, or an empty one if the snapshot is missing or unusable.
    func open() -> Opened {
        do throws(SnapshotDefect) {
            let state = try read()
            return Opened(state: state, recovery: .loaded(sequence: state.position.sequence))
        } catch {
            return Opened(
                state: IndexState(dimension: dimension, options: options),
                recovery: error == .missing ? .empty : .rebuild(reason: error.reason))
        }
    }

    func read() throws(SnapshotDefect) -> IndexState {
        let file = folder.url.appending(path: SnapshotFormat.fileName)
        let sections = try SnapshotSections(try InputFile(file))
        guard try sections.array(.identity, of: UInt8.self) == Array(identity.utf8) else { throw .otherIdentity }
        guard sections.dimension == dimension else { throw .otherDimension(sections.dimension) }
        let rows = sections.rows
        var state = IndexState(dimension: dimension, options: options)
        state.codes = try codes(sections)
        state.catalog = try RowCatalog(
            chunks: sections.array(.chunks, of: Int64.self, count: rows),
            documents: sections.array(.documents, of: Int64.self, count: rows),
            live: sections.array(.live, of: UInt64.self))
        state.rows = VectorRows(dimension: dimension, file: try rowFile(sections))
        state.lexical = try lexical(sections, state.catalog)
        state.graph = try graph(sections, rows: rows)
        state.recall = try recall(sections)
        state.position = sections.position
        return state
    }

    private func codes(_ sections: SnapshotSections) throws(SnapshotDefect) -> Codes {
        try unsafe Codes(dimension: dimension, count: sections.rows) { buffer throws(SnapshotDefect) in
            try unsafe sections.read(.codes, into: buffer)
        }
    }

    private func rowFile(_ sections: SnapshotSections) throws(SnapshotDefect) -> RowFile {
        let number = try sections.array(.rowFile, of: UInt64.self, count: 1)[0]
        return try RowFile.open(
            in: folder, number: number, dimension: dimension, count: sections.rows, truncating: !isReadOnly)
    }

    /// Returns the stored estimate; `nil` if there is none, or if it was written without an interval and has to be measured again.
    private func recall(_ sections: SnapshotSections) throws(SnapshotDefect) -> RecallEstimate? {
        guard sections.contains(.recall) else { return nil }
        let numbers = try sections.array(.recall, of: UInt32.self).map(Int.init)
        guard numbers.count != 4 else { return nil }
        guard numbers.count == 7, (1...65_536).contains(numbers[0]), numbers[2] <= numbers[1], numbers[3] <= 1_000_000,
            numbers[4] <= numbers[3], numbers[3] <= numbers[5], numbers[5] <= 1_000_000
        else { throw .inconsistent("recall out of range") }
        func share(_ millionths: Int) -> Double { Double(millionths) / 1_000_000 }
        return RecallEstimate(
            mean: share(numbers[3]), lower: share(numbers[4]), upper: share(numbers[5]), sampleSize: numbers[1], queries: numbers[2],
            ef: numbers[0], rows: numbers[6])
    }

    private func lexical(_ sections: SnapshotSections, _ catalog: RowCatalog) throws(SnapshotDefect) -> LexicalIndex {
        let rows = catalog.count
        let columns = LexicalIndex.Columns(
            termBytes: try sections.array(.termBytes, of: UInt8.self),
            termLengths: try sections.array(.termLengths, of: UInt32.self),
            lengths: try sections.array(.rowLengths, of: UInt32.self, count: rows),
            entryCountOfRow: try sections.array(.entryCounts, of: UInt32.self, count: rows),
            entryTerms: try sections.array(.entryTerms, of: UInt8.self),
            termRows: try sections.array(.termRows, of: UInt32.self),
            postingRows: try sections.array(.postingRows, of: UInt32.self),
            postingCounts: try sections.array(.postingCounts, of: UInt16.self))
        return try LexicalIndex(columns, live: catalog, options: options)
    }

    /// Returns the stored graph; `nil` if there is none or the collection is below the graph threshold.
    private func graph(_ sections: SnapshotSections, rows: Int) throws(SnapshotDefect) -> Graph? {
        guard sections.contains(.graphShape), rows >= options.graphThreshold else { return nil }
        let shape = try sections.array(.graphShape, of: Int32.self, count: 4)
        let levels = try sections.array(.graphLevels, of: Int32.self)
        guard levels.count <= rows else { throw .inconsistent("the graph has more rows than the index") }
        let neighbors = try sections.array(.graphNeighbors, of: Int32.self)
        return try Graph.restore(
            levels: levels.span, neighbors: neighbors.span,
            shape: GraphShape(degree: shape[0], buildEf: shape[1], entryPoint: shape[2], maxLevel: shape[3]))
    }
}
