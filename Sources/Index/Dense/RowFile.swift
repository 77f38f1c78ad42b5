internal import Foundation
internal import Kernels
internal import Synchronization

/// A memory-mapped file of float32 rows, which the operating system caches and evicts. Appending returns another value; this
/// one keeps the rows that it was created with. If another program truncates the file, reads throw `.damaged`.
final class RowFile: Sendable {
    let number: UInt64
    let dimension: Int
    /// Number of readable rows, `0..<count`; the file may contain more.
    let count: Int
    private let url: URL
    private let mapped: FileMapping
    /// Bitmap of rows whose checksum was verified or that this process wrote: bit `row % 64` of word `row / 64`.
    private let verified: Mutex<[UInt64]>

    /// Approximate maximum size of one write, in bytes.
    private static let writeBytes = 1 << 20

    private init(
        url: URL, number: UInt64, dimension: Int, count: Int, mapped: FileMapping, verified: [UInt64]
    ) {
        (self.url, self.number, self.dimension, self.count, self.mapped) = (url, number, dimension, count, mapped)
        self.verified = Mutex(verified)
    }

    private var stride: Int { RowFormat.recordBytes(dimension: dimension) }

    // MARK: Open

    /// Opens a file for its first `count` rows; truncates the file after them if `truncating` is set.
    static func open(
        in folder: IndexFolder, number: UInt64, dimension: Int, count: Int, truncating: Bool
    ) throws(SnapshotDefect) -> RowFile {
        let url = folder.url.appending(path: RowFormat.fileName(number))
        let end = try length(rows: count, dimension: dimension)
        var mapped = try map(url)
        try RowFormat.check(mapped, number: number, dimension: dimension)
        guard mapped.count >= end else { throw .truncated("the row file") }
        if mapped.count > end && truncating {
            do throws(IndexError) {
                try OutputFile(url, .existing).truncate(to: end)
            } catch {
                throw .unreadable(errno)
            }
            mapped = try map(url)
        }
        return RowFile(
            url: url, number: number, dimension: dimension, count: count, mapped: mapped,
            verified: [UInt64](repeating: 0, count: (count + 63) / 64))
    }

    private static func map(_ url: URL) throws(SnapshotDefect) -> FileMapping {
        do throws(FileMappingError) {
            return try FileMapping(path: url.path, isReadAtRandom: true)
        } catch {
            throw error == .missing ? .inconsistent("the row file is missing") : SnapshotDefect(error)
        }
    }

    private static func length(rows: Int, dimension: Int) throws(SnapshotDefect) -> Int {
        let (bytes, tooLong) = rows.multipliedReportingOverflow(by: RowFormat.recordBytes(dimension: dimension))
        let (end, past) = bytes.addingReportingOverflow(RowFormat.headerBytes)
        guard !tooLong && !past else { throw .inconsistent("too many rows") }
        return end
    }

    // MARK: Write

    /// Creates a file without rows.
    ///
    /// - Throws: `.fileFailed`.
    static func create(in folder: IndexFolder, dimension: Int) throws(IndexError) -> RowFile {
        try folder.create()
        let number = UInt64.random(in: 0 ... .max)
        let url = folder.url.appending(path: RowFormat.fileName(number))
        let header = RowFormat.header(number: number, dimension: dimension)
        try OutputFile(url, .creating).write(unsafe header.span.bytes, at: 0)
        return try remapped(url, number: number, dimension: dimension, count: 0, verified: [])
    }

    /// Appends whole vectors and returns the extended file. Only the index's single writer may call it, on the latest value.
    ///
    /// - Throws: `.fileFailed`; `.damaged` if the file was truncated.
    func appending(_ vectors: Span<Float>) throws(IndexError) -> RowFile {
        let output = try OutputFile(url, .existing)
        guard try output.length >= offset(count) else { throw Self.missing }
        let rows = vectors.count / dimension
        let step = max(1, Self.writeBytes / stride)
        for start in Swift.stride(from: 0, to: rows, by: step) {
            let end = min(start + step, rows)
            let records = records(vectors.extracting(start * dimension..<end * dimension), from: count + start)
            try output.write(unsafe records.span.bytes, at: RowFormat.headerBytes + (count + start) * stride)
        }
        var verified = verified.withLock { $0 }
        verified.append(contentsOf: repeatElement(0, count: (count + rows + 63) / 64 - verified.count))
        for row in count..<count + rows { verified[row >> 6] |= 1 << UInt64(row & 63) }
        return try Self.remapped(url, number: number, dimension: dimension, count: count + rows, verified: verified)
    }

    private func records(_ vectors: Span<Float>, from first: Int) -> [UInt8] {
        var bytes = ByteBuilder()
        let rows = vectors.count / dimension
        bytes.reserve(rows * stride)
        for row in 0..<rows {
            let vector = vectors.extracting(row * dimension..<(row + 1) * dimension)
            bytes.append(unsafe vector.bytes)
            bytes.append(RowFormat.checksum(unsafe vector.bytes, at: first + row, number: number))
        }
        return bytes.bytes
    }

    private static func remapped(
        _ url: URL, number: UInt64, dimension: Int, count: Int, verified: [UInt64]
    ) throws(IndexError) -> RowFile {
        do throws(FileMappingError) {
            return RowFile(
                url: url, number: number, dimension: dimension, count: count,
                mapped: try FileMapping(path: url.path, isReadAtRandom: true), verified: verified)
        } catch {
            throw IndexError(.fileFailed, "the row file cannot be mapped: \(SnapshotDefect(error).reason)")
        }
    }

    /// Whether the file still exists at its path: an index's folder may be deleted at any time.
    var isInPlace: Bool { unsafe access(url.path, F_OK) == 0 }

    /// Flushes the rows to disk.
    func synchronize() throws(IndexError) { try OutputFile(url, .existing).synchronize() }

    func remove() { try? FileManager.default.removeItem(at: url) }

    // MARK: Read

    /// Returns a copy of a row.
    ///
    /// - Throws: `.damaged` if the row is corrupt.
    func row(_ row: Int) throws(IndexError) -> [Float] {
        try verify([row])
        guard let floats = mapped.floats(at: offset(row), count: dimension) else { throw Self.missing }
        return floats
    }

    /// Returns the dot product of `vector`, of `dimension` components, with each of `rows`.
    ///
    /// - Throws: `.damaged` if one of the rows is corrupt.
    func scores(_ vector: [Float], rows: [Int]) throws(IndexError) -> [Float] {
        precondition(rows.allSatisfy { $0 >= 0 && $0 < count } && vector.count == dimension, "rows or vector out of range")
        try verify(rows)
        let scores = mapped.dotProducts(vector, offset: RowFormat.headerBytes, stride: stride, rows: rows.map { UInt32($0) })
        guard let scores else { throw Self.missing }
        return scores
    }

    private func offset(_ row: Int) -> Int { RowFormat.headerBytes + row * stride }

    private static var missing: IndexError { IndexError(.damaged, "the row file was truncated") }

    /// - Throws: `.damaged` if one of the rows is corrupt.
    func verify(_ rows: [Int]) throws(IndexError) {
        let unread = verified.withLock { verified in
            rows.filter { $0 < count && verified[$0 >> 6] >> UInt64($0 & 63) & 1 == 0 }
        }
        guard !unread.isEmpty else { return }
        for row in unread where !isWhole(row) { throw IndexError(.damaged, "the checksum of row \(row) does not match") }
        verified.withLock { verified in
            for row in unread { verified[row >> 6] |= 1 << UInt64(row & 63) }
        }
    }

    private func isWhole(_ row: Int) -> Bool {
        guard let record = mapped.bytes(at: offset(row), count: stride) else { return false }
        let stored = record.suffix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let floats = unsafe record.span.bytes.extracting(first: stride - 8)
        return RowFormat.checksum(floats, at: row, number: number) == stored
    }
}
