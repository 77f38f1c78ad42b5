/// The layout of a row-major matrix in a buffer of floats: element (i, j) is at `offset + i·stride + j`.
///
/// One buffer can therefore contain queries, keys and values side by side, and a head can be a few columns of it.
public struct MatrixLayout: Sendable, Hashable {
    public let rows: Int
    public let columns: Int
    /// Number of floats from the start of a row to the start of the next; at least `columns`.
    public let stride: Int
    public let offset: Int

    /// - Parameter stride: `columns` by default, for rows without gaps.
    public init(rows: Int, columns: Int, stride: Int? = nil, offset: Int = 0) {
        let stride = stride ?? columns
        precondition(rows >= 0 && columns >= 0 && offset >= 0, "negative layout: \(rows)×\(columns) at \(offset)")
        precondition(stride >= max(columns, 1) || rows * columns == 0, "stride must be at least \(columns), got \(stride)")
        precondition(
            rows <= Int(Int32.max) && stride <= Int(Int32.max), "rows and stride must fit 32 bits, got \(rows) and \(stride)")
        self.rows = rows
        self.columns = columns
        self.stride = stride
        self.offset = offset
    }

    /// One past the last float of the matrix; cannot overflow, because rows and stride fit 32 bits.
    public var end: Int { rows == 0 || columns == 0 ? offset : offset + (rows - 1) * stride + columns }

    /// Whether the matrix lies within `count` floats.
    public func fits(_ count: Int) -> Bool { end <= count }
}
