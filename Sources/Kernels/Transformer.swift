internal import CKernels

// The operations of a transformer layer other than matrix products. Matrices are row-major without gaps, begin at the start of
// their span and may be shorter than it; their number of columns is that of the bias or scale parameter.

/// Computes residual ← layernorm(x + bias + residual) · scale + shift for the first `rows` rows.
///
/// - Parameter epsilon: added to the (biased) variance.
public func addBiasResidualLayerNorm(
    _ x: Span<Float>, bias: Span<Float>, residual: inout MutableSpan<Float>, rows: Int, scale: Span<Float>,
    shift: Span<Float>, epsilon: Float
) {
    let columns = bias.count
    requireRows(rows, of: columns, in: min(x.count, residual.count))
    precondition(scale.count == columns && shift.count == columns, "layer norm: scale, shift and bias differ in length")
    unsafe residual.withUnsafeMutableBufferPointer { out in
        unsafe withStarts(x, bias, scale, shift) { x, bias, scale, shift in
            // SAFETY: x and residual hold at least rows × columns floats, the others `columns`, checked above.
            unsafe ck_bias_residual_layernorm_f32(x, bias, out.baseAddress, scale, shift, epsilon, rows, columns)
        }
    }
}

/// Computes the numerators of softmax(scale · row): each element x becomes exp(scale · (x − maximum of its row)).
///
/// - Parameters:
///   - scale: greater than 0.
///   - factors: at least one element per row; each becomes the inverse of its row's sum, for `scaleRows`.
public func exponentiateRows(
    _ x: inout MutableSpan<Float>, _ layout: MatrixLayout, scale: Float, factors: inout MutableSpan<Float>
) {
    precondition(layout.fits(x.count) && layout.rows <= factors.count, "exponentiate: \(layout) exceeds its buffer")
    guard layout.rows > 0, layout.columns > 0 else { return }
    unsafe x.withUnsafeMutableBufferPointer { p in
        unsafe factors.withUnsafeMutableBufferPointer { pf in
            // SAFETY: the layout lies within the span and the factors have room, checked above; neither is empty.
            unsafe ck_exp_rows_f32(
                p.baseAddress! + layout.offset, scale, layout.rows, layout.columns, layout.stride, pf.baseAddress)
        }
    }
}

/// Multiplies each row of the matrix by its factor.
public func scaleRows(_ x: inout MutableSpan<Float>, _ layout: MatrixLayout, by factors: Span<Float>) {
    precondition(layout.fits(x.count) && layout.rows <= factors.count, "scale: \(layout) exceeds its buffer")
    guard layout.rows > 0, layout.columns > 0 else { return }
    unsafe x.withUnsafeMutableBufferPointer { p in
        unsafe factors.withUnsafeBufferPointer { pf in
            // SAFETY: as above.
            unsafe ck_scale_rows_f32(
                p.baseAddress! + layout.offset, pf.baseAddress, layout.rows, layout.columns, layout.stride)
        }
    }
}

/// Writes the mean of the rows `rows` of `x` to row `row` of `out`; zeros if `rows` is empty.
public func meanRows(
    _ x: Span<Float>, rows: Range<Int>, columns: Int, into out: inout MutableSpan<Float>, row: Int
) {
    precondition(row >= 0 && rows.lowerBound >= 0, "mean: row \(row) or rows \(rows) out of range")
    requireRows(rows.upperBound, of: columns, in: x.count)
    requireRows(row + 1, of: columns, in: out.count)
    guard columns > 0 else { return }
    unsafe x.withUnsafeBufferPointer { px in
        unsafe out.withUnsafeMutableBufferPointer { po in
            // SAFETY: both row ranges lie within their spans, checked above; out is not empty, x may be.
            let source = unsafe px.baseAddress.map { unsafe $0 + rows.lowerBound * columns }
            unsafe ck_mean_rows_f32(source, rows.count, columns, po.baseAddress! + row * columns)
        }
    }
}

/// Divides each row by its Euclidean norm. A row whose norm is 0, NaN or ∞ is not changed.
public func l2NormalizeRows(_ x: inout MutableSpan<Float>, columns: Int) {
    precondition(columns > 0 && x.count % columns == 0, "\(x.count) floats are not whole rows of \(columns)")
    unsafe x.withUnsafeMutableBufferPointer { p in
        for row in 0..<p.count / columns {
            // SAFETY: whole rows of the buffer, checked above.
            _ = unsafe ck_normalize_f32(p.baseAddress! + row * columns, columns)
        }
    }
}

/// Calls `body` with the start of each span; the pointers are valid during the call.
func withStarts<Result>(
    _ a: Span<Float>, _ b: Span<Float>, _ c: Span<Float>, _ d: Span<Float>,
    _ body: (UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafePointer<Float>?) -> Result
) -> Result {
    unsafe a.withUnsafeBufferPointer { a in
        unsafe b.withUnsafeBufferPointer { b in
            unsafe c.withUnsafeBufferPointer { c in
                unsafe d.withUnsafeBufferPointer { d in
                    unsafe body(a.baseAddress, b.baseAddress, c.baseAddress, d.baseAddress)
                }
            }
        }
    }
}

func requireRows(_ rows: Int, of columns: Int, in count: Int) {
    let (needed, overflow) = rows.multipliedReportingOverflow(by: columns)
    precondition(rows >= 0 && !overflow && needed <= count, "\(rows) rows of \(columns) exceed \(count) floats")
}
