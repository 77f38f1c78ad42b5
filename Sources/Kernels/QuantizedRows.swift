internal import CKernels

/// Bytes from the codes of one row to the next: `columns` rounded up to what the kernels take together.
public func codeStride(_ columns: Int) -> Int {
    let step = Int(CK_CODES_STEP)
    return (columns + step - 1) / step * step
}

/// Groups of a row of `columns` that have ranges of their own.
public func codeGroups(_ columns: Int) -> Int { ck_codes_groups(columns) }

/// Rows of floats in 8 bits, each group of a row with its own range: x ≈ low + step · code, within half a step.
///
/// - Parameters:
///   - x: the rows; not NaN or infinite, or their codes mean nothing, while their step or low shows it.
///   - row: the first of `codes`, `steps` and `lows` to be written.
///   - codes: rows `codeStride(layout.columns)` apart.
///   - steps, lows: `codeGroups(layout.columns)` a row.
public func quantizeRows(
    _ x: Span<Float>, _ layout: MatrixLayout, into codes: inout MutableSpan<UInt8>, steps: inout MutableSpan<Float>,
    lows: inout MutableSpan<Float>, row: Int = 0
) {
    let target = MatrixLayout(rows: row + layout.rows, columns: codeStride(layout.columns))
    let groups = codeGroups(layout.columns)
    precondition(
        row >= 0 && layout.fits(x.count) && target.fits(codes.count) && target.rows * groups <= min(steps.count, lows.count),
        "quantize: \(layout) of \(x.count) floats into \(target) of \(codes.count)")
    guard layout.rows > 0, layout.columns > 0 else { return }
    unsafe x.withUnsafeBufferPointer { px in
        unsafe codes.withUnsafeMutableBufferPointer { pc in
            unsafe steps.withUnsafeMutableBufferPointer { ps in
                unsafe lows.withUnsafeMutableBufferPointer { pl in
                    // SAFETY: every extent was checked above; no buffer is empty.
                    unsafe ck_codes_quantize_rows(
                        px.baseAddress! + layout.offset, layout.rows, layout.columns, layout.stride,
                        pc.baseAddress! + row * target.stride, target.stride, ps.baseAddress! + row * groups,
                        pl.baseAddress! + row * groups)
                }
            }
        }
    }
}
