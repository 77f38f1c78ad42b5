internal import Foundation

/// Writes a snapshot beside its place: sections first, then the header that names them.
@safe struct SnapshotWriter: ~Copyable {
    private let descriptor: Int32
    private var end: Int
    private var table: [SnapshotFormat.TableEntry] = []

    private init(descriptor: Int32, sections: Int) {
        self.descriptor = descriptor
        end = SnapshotFormat.headerBytes + sections * SnapshotFormat.tableEntryBytes
    }

    deinit { close(descriptor) }

    /// Replaces `file` by a snapshot of `state`: written beside it, flushed to the disk, then renamed, so that a crash
    /// leaves the old one or the new one.
    static func write(_ state: borrowing IndexState, identity: String, to file: URL) throws(IndexError) {
        let folder = file.deletingLastPathComponent()
        let beside = folder.appending(path: ".\(file.lastPathComponent).new")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw IndexError(.snapshotFailed, "folder of \(file.lastPathComponent)", cause: error)
        }
        do throws(IndexError) {
            try writeBeside(beside, state, identity)
            guard unsafe rename(beside.path, file.path) == 0 else { throw systemError("rename") }
            try flush(folder: folder)
        } catch {
            unsafe unlink(beside.path)
            throw error
        }
    }

    private static func writeBeside(
        _ beside: URL, _ state: borrowing IndexState, _ identity: String
    ) throws(IndexError) {
        let descriptor = unsafe open(beside.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw systemError("open") }
        let hasGraph = state.graphCount > 0
        let sections = SnapshotFormat.Section.allCases.count - (hasGraph ? 0 : 3)
        var writer = SnapshotWriter(descriptor: descriptor, sections: sections)
        try writer.writeSections(of: state, identity: identity)
        try writer.writeHeader(of: state)
        guard fsync(descriptor) == 0 else { throw systemError("fsync") }
    }

    private static func flush(folder: URL) throws(IndexError) {
        let descriptor = unsafe open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError("open folder") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw systemError("fsync folder") }
    }

    private static func systemError(_ call: String) -> IndexError {
        IndexError(.snapshotFailed, "\(call): error \(errno)")
    }

    // MARK: Sections

    private mutating func writeSections(of state: borrowing IndexState, identity: String) throws(IndexError) {
        try section(.identity, Array(identity.utf8))
        try section(.chunks, state.catalog.chunks)
        try section(.documents, state.catalog.documents)
        try section(.live, state.catalog.live)
        begin(.codes)
        try state.codes.withCodes { codes throws(IndexError) in try append(unsafe codes.bytes) }
        begin(.rows)
        try state.rows.forEachPiece { floats throws(IndexError) in try append(unsafe floats.bytes) }
        let lexical = state.lexical
        try section(.termLengths, lexical.terms.map { UInt32($0.utf8.count) })
        try section(.termBytes, lexical.terms.flatMap { Array($0.utf8) })
        try section(.rowLengths, lexical.lengths)
        try section(.entryCounts, (0..<lexical.vectors.rowCount).map { UInt32(lexical.vectors.entryCount(row: $0)) })
        try section(.entryTerms, lexical.vectors.terms)
        try section(.entryFrequencies, lexical.vectors.counts)
        switch state.graph {
        case let graph?:
            try graph.withParts { levels, neighbors, shape throws(IndexError) in
                try section(.graphShape, [shape.degree, shape.buildWidth, shape.entryPoint, shape.maxLevel])
                begin(.graphLevels)
                try append(unsafe levels.bytes)
                begin(.graphNeighbors)
                try append(unsafe neighbors.bytes)
            }
        case nil: break
        }
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

    /// Continues the section that was begun last.
    private mutating func append(_ bytes: RawSpan) throws(IndexError) {
        try put(bytes, at: end)
        end += bytes.byteCount
        checksum.update(bytes)
        table[table.count - 1].length += bytes.byteCount
        table[table.count - 1].checksum = checksum.value
    }

    // MARK: Header

    private func writeHeader(of state: borrowing IndexState) throws(IndexError) {
        var head = ByteBuilder()
        head.append(SnapshotFormat.magic)
        head.append(SnapshotFormat.version)
        head.append(UInt32(table.count))
        head.append(UInt32(state.codes.dimension))
        head.append(UInt32(0))
        head.append(state.sequence)
        head.append(UInt64(state.catalog.count))
        head.append(UInt64(end))
        head.append(UInt64(0))
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
        try put(unsafe all.span.bytes, at: 0)
        // The file is as long as the header says even if its last section is empty.
        guard ftruncate(descriptor, end) == 0 else { throw Self.systemError("ftruncate") }
    }

    private func put(_ bytes: RawSpan, at offset: Int) throws(IndexError) {
        var done = 0
        while done < bytes.byteCount {
            // SAFETY: writes at most what is left of `bytes`, and keeps no pointer.
            let written = unsafe bytes.withUnsafeBytes { buffer in
                unsafe pwrite(
                    descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done, offset + done)
            }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw Self.systemError("write") }
            done += written
        }
    }
}

/// Numbers as little-endian bytes.
struct ByteBuilder {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ more: [UInt8]) { bytes += more }

    mutating func append(_ value: some FixedWidthInteger) {
        var rest = value
        for _ in 0..<value.bitWidth / 8 {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }
}
