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
        precondition(columns > 0 && row >= 0, "embed: columns \(columns) or row \(row) out of range")
        precondition(
            type.count == columns && scale.count == columns && shift.count == columns, "embed: scale, shift and type differ in length")
        requireRows(ids.count, of: columns, in: position.count)
        requireRows(row + ids.count, of: columns, in: out.count)
        for t in ids.indices { precondition(ids[t] >= 0 && Int(ids[t]) < rows, "embed: id \(ids[t]) out of range") }
        guard ids.count > 0 else { return }
        unsafe ids.withUnsafeBufferPointer { pi in
            unsafe position.withUnsafeBufferPointer { pp in
                unsafe type.withUnsafeBufferPointer { pt in
                    unsafe scale.withUnsafeBufferPointer { pg in
                        unsafe shift.withUnsafeBufferPointer { ps in
                            unsafe out.withUnsafeMutableBufferPointer { po in
                                // SAFETY: every id is a row of the table, and all extents were checked above.
                                unsafe ck_codes_embed_layernorm(
                                    pi.baseAddress, pi.count, codes, codeStride(columns), steps, lows, pp.baseAddress,
                                    pt.baseAddress, pg.baseAddress, ps.baseAddress, epsilon, columns,
                                    po.baseAddress! + row * columns)
                            }
                        }
                    }
                }
            }
        }
    }
}
