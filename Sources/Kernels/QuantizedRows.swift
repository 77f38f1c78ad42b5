internal import CKernels

/// Returns the bytes from the codes of one row to those of the next: `columns` rounded up to the kernels' step.
public func codeStride(_ columns: Int) -> Int {
    let step = Int(CK_CODES_STEP)
    return (columns + step - 1) / step * step
}

/// Returns the number of groups in a row of `columns`; each group has its own range.
public func codeGroups(_ columns: Int) -> Int { ck_codes_groups(columns) }

/// Quantizes rows of floats to 8 bits, with a range for each group of a row: x ≈ low + step · code, within half a step.
///
/// - Parameters:
///   - x: the rows, all finite. NaN or ∞ makes the codes of its group meaningless; ∞ also makes the group's step or low infinite.
///   - row: the first row of `codes`, `steps` and `lows` to write.
///   - codes: the codes, with a row stride of `codeStride(layout.columns)` bytes.
///   - steps, lows: `codeGroups(layout.columns)` elements per row.
public func quantizeRows(
    _ x: Span<Float>, _ layout: MatrixLayout, into codes: inout MutableSpan<UInt8>, steps: inout MutableSpan<Float>,
    lows: inout MutableSpan<Float>, row: Int = 0
) {
    let target = MatrixLayout(rows: row + layout.rows, columns: codeStride(layout.columns))
    let groups = codeGroups(layout.columns)
    precondition(
        row >= 0 && layout.fits(x.count) && target.fits(codes.count) && target.rows * groups <= min(steps.count, lows.count),
        "quantize: \(layout) or \(target) does not fit its buffer")
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
