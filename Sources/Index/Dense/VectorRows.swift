internal import Kernels

/// The float32 rows for rescoring: in a memory-mapped file, the newest ones in memory.
struct VectorRows: Sendable {
    let dimension: Int
    private(set) var file: RowFile?
    /// Rows that are not in the file yet, row-major, after the file's rows.
    private(set) var tail: [Float] = []

    /// Memory of the tail from which it is moved to the file, in bytes.
    static let tailBytes = 256 << 10

    init(dimension: Int, file: RowFile? = nil) {
        (self.dimension, self.file) = (dimension, file)
    }

    private var fileRows: Int { file?.count ?? 0 }
    var count: Int { fileRows + tail.count / dimension }
    var bytesInMemory: Int { tail.capacity * MemoryLayout<Float>.size + fileRows / 8 }
    var isTailFull: Bool { tail.count * MemoryLayout<Float>.size >= Self.tailBytes }

    /// Appends whole vectors, row-major, to the tail.
    mutating func append(_ vectors: [Float]) { tail.append(contentsOf: vectors) }

    /// Returns the same rows, all in a file: the current one, or a new one if there is none or it was deleted.
    ///
    /// - Throws: `.fileFailed`; `.damaged` if a row is corrupt or the file was truncated.
    func inFile(of folder: IndexFolder) throws(IndexError) -> VectorRows {
        if let file, file.isInPlace {
            return VectorRows(dimension: dimension, file: tail.isEmpty ? file : try file.appending(tail.span))
        }
        return try copied(Array(0..<count), to: folder)
    }

    /// Copies the given rows to a new file.
    func copied(_ rows: [Int], to folder: IndexFolder) throws(IndexError) -> VectorRows {
        var target = try RowFile.create(in: folder, dimension: dimension)
        let step = max(1, (4 << 20) / (dimension * MemoryLayout<Float>.size))
        do throws(IndexError) {
            for start in stride(from: 0, to: rows.count, by: step) {
                let part = Array(rows[start..<min(start + step, rows.count)])
                var floats: [Float] = []
                floats.reserveCapacity(part.count * dimension)
                for row in part { floats += try self.row(row) }
                target = try target.appending(floats.span)
            }
        } catch {
            target.remove()
            throw error
        }
        return VectorRows(dimension: dimension, file: target)
    }

    /// - Throws: `.damaged` if one of the rows is corrupt.
    func verify(_ rows: [Int]) throws(IndexError) { try file?.verify(rows) }

    /// Returns the dot product of `vector`, of `dimension` components, with each of `rows`, in their order.
    ///
    /// - Throws: `.damaged` if one of the rows is corrupt.
    func scores(_ vector: [Float], rows: [Int]) throws(IndexError) -> [Float] {
        guard let file else { return rows.map { tailScore(vector, $0) } }
        if rows.allSatisfy({ $0 < file.count }) { return try file.scores(vector, rows: rows) }
        var stored = try file.scores(vector, rows: rows.filter { $0 < file.count })[...]
        return rows.map { $0 < file.count ? stored.popFirst() ?? 0 : tailScore(vector, $0) }
    }

    private func tailScore(_ vector: [Float], _ row: Int) -> Float { dot(vector.span, tail.span.extracting(tailRange(row))) }

    private func tailRange(_ row: Int) -> Range<Int> { (row - fileRows) * dimension..<(row - fileRows + 1) * dimension }

    /// Returns a copy of a row.
    ///
    /// - Throws: `.damaged` if the row is corrupt.
    func row(_ row: Int) throws(IndexError) -> [Float] {
        if row < fileRows, let file { return try file.row(row) }
        return Array(tail[tailRange(row)])
    }
}
