internal import Kernels

/// The float32 rows that order the candidates: those of the snapshot mapped from its file, later ones in memory.
struct VectorRows: Sendable {
    let dimension: Int
    private let mapped: MappedFloats?
    private let mappedRows: Int
    private(set) var appended: [Float] = []

    init(dimension: Int, mapped: MappedFloats? = nil) {
        self.dimension = dimension
        self.mapped = mapped
        mappedRows = (mapped?.count ?? 0) / dimension
    }

    var count: Int { mappedRows + appended.count / dimension }
    var bytes: Int { count * dimension * MemoryLayout<Float>.size }

    /// Whole vectors, row-major.
    mutating func append(_ vectors: [Float]) { appended.append(contentsOf: vectors) }

    mutating func append(_ vector: Span<Float>) {
        for i in vector.indices { appended.append(vector[i]) }
    }

    /// The dot product of `vector`, of `dimension` components, with a row.
    func score(_ vector: [Float], row: Int) -> Float {
        withRow(row) { dot(vector.span, $0) }
    }

    func withRow<Result>(_ row: Int, _ body: (Span<Float>) -> Result) -> Result {
        if row < mappedRows, let mapped {
            return mapped.withFloats { body($0.extracting(row * dimension..<(row + 1) * dimension)) }
        }
        let start = (row - mappedRows) * dimension
        return body(appended.span.extracting(start..<start + dimension))
    }

    /// The rows in order, in at most two pieces.
    func forEachPiece<Failure: Error>(_ body: (Span<Float>) throws(Failure) -> Void) throws(Failure) {
        if let mapped { try mapped.withFloats { floats throws(Failure) in try body(floats) } }
        try body(appended.span)
    }
}
