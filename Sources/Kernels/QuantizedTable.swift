internal import CKernels

/// An embedding table in 8 bits, with a range for each group of a row: a quarter of the memory of float32.
public final class QuantizedTable: Sendable {
    /// Approximate number of floats that are read at once.
    private static let blockFloats = 1 << 18

    public let rows: Int
    public let columns: Int
    private let codes: [UInt8]
    private let steps: [Float]
    private let lows: [Float]

    /// - Parameter read: returns some of the rows, row-major, all finite; called for one block of rows after the other.
    /// - Throws: what `read` throws.
    public init<Failure: Error>(
        rows: Int, columns: Int, reading read: (_ rows: Range<Int>) throws(Failure) -> [Float]
    ) throws(Failure) {
        var codes = [UInt8](repeating: 0, count: rows * codeStride(columns))
        var steps = [Float](repeating: 0, count: rows * codeGroups(columns))
        var lows = [Float](repeating: 0, count: rows * codeGroups(columns))
        var codeSpan = codes.mutableSpan
        var stepSpan = steps.mutableSpan
        var lowSpan = lows.mutableSpan
        let block = max(1, Self.blockFloats / max(columns, 1))
        for start in stride(from: 0, to: rows, by: block) {
            let floats = try read(start..<min(start + block, rows))
            quantizeRows(
                floats.span, MatrixLayout(rows: min(block, rows - start), columns: columns), into: &codeSpan, steps: &stepSpan,
                lows: &lowSpan, row: start)
        }
        (self.rows, self.columns) = (rows, columns)
        (self.codes, self.steps, self.lows) = (codes, steps, lows)
    }

    /// Embeds tokens; see `EmbeddingTable.embedTokens`, which checked that every id is a row.
    func embed(_ ids: UnsafeBufferPointer<Int32>, _ terms: ck_embedding_terms, _ out: UnsafeMutablePointer<Float>) {
        // SAFETY: every id is a row of the table, and the caller checked all extents.
        unsafe ck_codes_embed_layernorm(ids.baseAddress, ids.count, codes, codeStride(columns), steps, lows, terms, out)
    }
}
