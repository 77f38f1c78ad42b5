internal import Foundation

/// A writer that writes a snapshot to a temporary file: the sections first, then the header and section table.
struct SnapshotWriter: ~Copyable {
    private let output: OutputFile
    private var end: Int
    private var table: [SnapshotFormat.TableEntry] = []

    private init(_ output: consuming OutputFile, sections: Int) {
        self.output = output
        end = SnapshotFormat.headerBytes + sections * SnapshotFormat.tableEntryBytes
    }

    /// Replaces the snapshot in `folder` with one of `state`, whose rows must all be in the row file. Writes a temporary file,
    /// flushes it to disk, then renames it, so that a crash leaves either the old or the new snapshot.
    ///
    /// - Throws: `.fileFailed`.
    static func write(_ state: IndexState, identity: String, to folder: IndexFolder) throws(IndexError) {
        let beside = folder.url.appending(path: SnapshotFormat.unfinishedName)
        let file = folder.url.appending(path: SnapshotFormat.fileName)
        do throws(IndexError) {
            try writeBeside(beside, state, identity)
            guard unsafe rename(beside.path, file.path) == 0 else { throw OutputFile.systemError("rename") }
            try folder.synchronize()
        } catch {
            unsafe unlink(beside.path)
            throw error
        }
    }

    private static func writeBeside(_ beside: URL, _ state: IndexState, _ identity: String) throws(IndexError) {
        let absent = (state.graphRows > 0 ? 0 : 3) + (state.recall == nil ? 1 : 0)
        var writer = SnapshotWriter(
            try OutputFile(beside, .replacing), sections: SnapshotFormat.Section.allCases.count - absent)
        try writer.writeSections(of: state, identity: identity)
        try writer.writeHeader(of: state)
        try writer.output.synchronize()
    }

    // MARK: Sections

    private mutating func writeSections(of state: IndexState, identity: String) throws(IndexError) {
        try section(.identity, Array(identity.utf8))
        try section(.chunks, state.catalog.chunks)
        try section(.documents, state.catalog.documents)
        try section(.live, state.catalog.live)
        begin(.codes)
        try state.codes.withCodes { codes throws(IndexError) in try append(unsafe codes.bytes) }
        try section(.rowFile, [state.rows.file?.number ?? 0])
        let lexical = state.lexical
        try section(.termLengths, lexical.dictionary.lengths)
        try section(.termBytes, lexical.dictionary.bytes)
        try section(.rowLengths, lexical.lengths)
        try section(.entryCounts, (0..<lexical.vectors.rowCount).map { UInt32(lexical.vectors.entryCount(row: $0)) })
        try section(.entryTerms, lexical.vectors.terms)
        let (postingRows, postingCounts, termRows) = lexical.postings.stored(terms: lexical.dictionary.count)
        try section(.termRows, termRows)
        try state.graph?.withParts { levels, neighbors, shape throws(IndexError) in
            try section(.graphShape, [shape.degree, shape.buildEf, shape.entryPoint, shape.maxLevel])
            begin(.graphLevels)
            try append(unsafe levels.bytes)
            begin(.graphNeighbors)
            try append(unsafe neighbors.bytes)
        }
        if let recall = state.recall {
            let shares = [recall.mean, recall.lower, recall.upper].map { Int(($0 * 1_000_000).rounded()) }
            let numbers = [recall.ef, recall.sampleSize, recall.queries] + shares + [recall.rows]
            try section(.recall, numbers.map(UInt32.init(clamping:)))
        }
        try section(.postingRows, postingRows)
        try section(.postingCounts, postingCounts)
    }

    private mutating func section<Element: BitwiseCopyable>(
        _ section: SnapshotFormat.Section, _ values: [Element]
    ) throws(IndexError) {
        begin(section)
        try append(unsafe values.span.bytes)
    }

    private mutating func begin(_ section: SnapshotFormat.Section) {
        end = SnapshotFormat.aligned(end)
        checksum = Checksum(seed: UInt64(section.rawValue))
        table.append(.init(section: section, offset: end, length: 0, checksum: checksum.value))
    }

    private var checksum = Checksum()

    /// Appends bytes to the current section.
    private mutating func append(_ bytes: RawSpan) throws(IndexError) {
        try output.write(bytes, at: end)
        end += bytes.byteCount
        checksum.update(bytes)
        table[table.count - 1].length += bytes.byteCount
        table[table.count - 1].checksum = checksum.value
    }

    // MARK: Header

    private func writeHeader(of state: IndexState) throws(IndexError) {
        var head = ByteBuilder()
        head.append(SnapshotFormat.magic)
        head.append(SnapshotFormat.version)
        head.append(UInt32(table.count))
        head.append(UInt32(state.codes.dimension))
        head.append(UInt32(0))
        head.append(state.position.sequence)
        head.append(UInt64(state.catalog.count))
        head.append(UInt64(end))
        head.append(state.position.lineage)
        var entries = ByteBuilder()
        for entry in table {
            entries.append(entry.section.rawValue)
            entries.append(UInt32(0))
            entries.append(UInt64(entry.offset))
            entries.append(UInt64(entry.length))
            entries.append(entry.checksum)
        }
        let signed = head.bytes + entries.bytes
        head.append(Checksum.of(unsafe signed.span.bytes))
        let all = head.bytes + entries.bytes
        try output.write(unsafe all.span.bytes, at: 0)
        // Gives the file the length in the header even if its last section is empty.
        try output.truncate(to: end)
    }
}
