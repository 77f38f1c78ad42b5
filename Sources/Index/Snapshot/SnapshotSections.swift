/// The sections of a snapshot file whose header and section table are valid. A section is read as a whole on request, and returned
/// only if its checksum matches; its contents are not validated here.
struct SnapshotSections {
    private let file: InputFile
    let dimension: Int
    let position: IndexPosition
    let rows: Int
    private var table: [SnapshotFormat.Section: SnapshotFormat.TableEntry] = [:]

    init(_ file: InputFile) throws(SnapshotDefect) {
        self.file = file
        let head = try file.array(at: 0, count: min(file.count, SnapshotFormat.longestHeader), of: UInt8.self)
        let header = try Header(ByteReader(head, fileLength: file.count))
        (dimension, position, rows) = (header.dimension, header.position, header.rows)
        for entry in header.table { table[entry.section] = entry }
    }

    func contains(_ section: SnapshotFormat.Section) -> Bool { table[section] != nil }

    /// Returns a section as an array of numbers. `count`, if given, is the required number of elements.
    func array<Element: BitwiseCopyable>(
        _ section: SnapshotFormat.Section, of type: Element.Type, count: Int? = nil
    ) throws(SnapshotDefect) -> [Element] {
        let entry = try entry(section, of: type, count: count)
        let numbers = try file.array(at: entry.offset, count: entry.length / MemoryLayout<Element>.stride, of: type)
        try check(unsafe numbers.span.bytes, entry)
        return numbers
    }

    /// Reads a section of `buffer.count` bytes into `buffer`.
    func read(_ section: SnapshotFormat.Section, into buffer: UnsafeMutableRawBufferPointer) throws(SnapshotDefect) {
        let entry = try entry(section, of: UInt8.self, count: buffer.count)
        try unsafe file.read(at: entry.offset, into: buffer)
        try check(unsafe UnsafeRawBufferPointer(buffer).bytes, entry)
    }

    private func check(_ bytes: RawSpan, _ entry: SnapshotFormat.TableEntry) throws(SnapshotDefect) {
        guard Checksum.of(bytes, seed: UInt64(entry.section.rawValue)) == entry.checksum else { throw .checksum("\(entry.section)") }
    }

    private func entry<Element>(
        _ section: SnapshotFormat.Section, of type: Element.Type, count: Int?
    ) throws(SnapshotDefect) -> SnapshotFormat.TableEntry {
        guard let entry = table[section] else { throw .inconsistent("missing section \(section)") }
        let stride = MemoryLayout<Element>.stride
        guard entry.length % stride == 0, count.map({ entry.length / stride == $0 }) ?? true else {
            throw .inconsistent("wrong length of section \(section)")
        }
        return entry
    }
}

/// The header and the section table, validated against the file's length and their checksum.
private struct Header {
    let dimension: Int
    let position: IndexPosition
    let rows: Int
    let table: [SnapshotFormat.TableEntry]

    init(_ reader: ByteReader) throws(SnapshotDefect) {
        guard Array(try reader.bytes(0, 8)) == SnapshotFormat.magic else { throw .notASnapshot }
        let version = try reader.number(8, UInt32.self)
        guard version == SnapshotFormat.version else { throw .version(version) }
        let sections = Int(try reader.number(12, UInt32.self))
        guard sections <= SnapshotFormat.Section.allCases.count else { throw .inconsistent("too many sections") }
        let tableBytes = sections * SnapshotFormat.tableEntryBytes
        let signed = Array(try reader.bytes(0, 56) + reader.bytes(SnapshotFormat.headerBytes, tableBytes))
        let checksum = try reader.number(56, UInt64.self)
        guard Checksum.of(unsafe signed.span.bytes) == checksum else { throw .checksum("the header") }
        dimension = Int(try reader.number(16, UInt32.self))
        position = IndexPosition(sequence: try reader.number(24, Int64.self), lineage: try reader.number(48, Int64.self))
        let rows = try reader.number(32, UInt64.self)
        guard rows <= RowCatalog.maximumRows else { throw .inconsistent("too many rows") }
        self.rows = Int(rows)
        guard try reader.number(40, UInt64.self) == reader.fileLength else { throw .truncated("a section") }
        table = try Self.table(reader, sections)
    }

    private static func table(
        _ reader: ByteReader, _ sections: Int
    ) throws(SnapshotDefect) -> [SnapshotFormat.TableEntry] {
        var table: [SnapshotFormat.TableEntry] = []
        for i in 0..<sections {
            let at = SnapshotFormat.headerBytes + i * SnapshotFormat.tableEntryBytes
            let (kind, offset, length) = try (
                reader.number(at, UInt32.self), reader.number(at + 8, UInt64.self), reader.number(at + 16, UInt64.self)
            )
            guard let section = SnapshotFormat.Section(rawValue: kind),
                table.last.map({ $0.section.rawValue < kind }) ?? true
            else { throw .inconsistent("unknown or unordered sections") }
            let (end, overflow) = offset.addingReportingOverflow(length)
            guard !overflow, end <= reader.fileLength, offset % UInt64(SnapshotFormat.alignment) == 0 else {
                throw .inconsistent("wrong offset of section \(section)")
            }
            table.append(
                .init(
                    section: section, offset: Int(offset), length: Int(length),
                    checksum: try reader.number(at + 24, UInt64.self)))
        }
        return table
    }
}
