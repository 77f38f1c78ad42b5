internal import CKernels

/// An embedding table in 8 bits, with a range for each group of a row: a quarter of the memory of float32.
public final class QuantizedTable: Sendable {
    public let rows: Int
    public let columns: Int
    private let codes: [UInt8]
    private let steps: [Float]
    private let lows: [Float]

    /// - Parameter table: rows × columns, row-major, all finite; copied.
    public init(quantizing table: Span<Float>, rows: Int, columns: Int) {
        var codes = [UInt8](repeating: 0, count: rows * codeStride(columns))
        var steps = [Float](repeating: 0, count: rows * codeGroups(columns))
        var lows = [Float](repeating: 0, count: rows * codeGroups(columns))
        var codeSpan = codes.mutableSpan
        var stepSpan = steps.mutableSpan
        var lowSpan = lows.mutableSpan
        quantizeRows(
            table, MatrixLayout(rows: rows, columns: columns), into: &codeSpan, steps: &stepSpan, lows: &lowSpan)
        (self.rows, self.columns) = (rows, columns)
        (self.codes, self.steps, self.lows) = (codes, steps, lows)
    }

    /// Embeds tokens like `embedTokens(_:word:…)`, with this table as the word embeddings.
    public func embedTokens(
        _ ids: Span<Int32>, position: Span<Float>, type: Span<Float>, scale: Span<Float>, shift: Span<Float>,
        epsilon: Float, into out: inout MutableSpan<Float>, row: Int
    ) {
        precondition(type.count == columns, "embed: a type of \(type.count) columns for a table of \(columns)")
        unsafe embedRows(
            ids, of: rows, position: position, type: type, scale: scale, shift: shift, epsilon: epsilon, into: &out, row: row
        ) { ids, count, terms, out in
            // SAFETY: every id is a row of the table, and `embedRows` checked all extents.
            unsafe ck_codes_embed_layernorm(ids, count, codes, codeStride(columns), steps, lows, terms, out)
        }
    }
}
