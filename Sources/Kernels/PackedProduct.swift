internal import CKernels

// Products by the server's own kernels, whose right operand B (inputs × outputs) was packed in panels of 16 columns;
// `ck_gemm.h` specifies the layout. An element depends only on its row of A and its column of B, so the result for a row
// is bit-identical whether it is computed alone or with others.

/// How the product A·B is written to C.
public enum ProductResult: Sendable, CaseIterable {
    /// C ← A·B + bias
    case store
    /// C ← C + A·B + bias
    case accumulate
    /// C ← gelu(A·B + bias); gelu(t) = t/2 · (1 + erf(t/√2)), with erf accurate to 2e-7.
    case gelu
}

/// Number of columns in a panel of the packed layout.
public let packedPanelColumns = CK_GEMM_PANEL

/// Number of columns that the widest kernel computes per step. Work is best divided at multiples of it.
public let packedStepColumns = 3 * packedPanelColumns

/// Returns the number of floats in a packed matrix: outputs rounded up to whole panels, times inputs.
public func packedCount(inputs: Int, outputs: Int) -> Int {
    precondition(inputs >= 0 && outputs >= 0, "negative packed matrix: \(inputs) × \(outputs)")
    let columns = roundedToPanels(outputs)
    let (count, overflow) = columns.multipliedReportingOverflow(by: inputs)
    precondition(!overflow, "packed matrix too large: \(inputs) × \(outputs)")
    return count
}

/// Returns `columns` rounded up to whole panels.
public func roundedToPanels(_ columns: Int) -> Int {
    (columns + packedPanelColumns - 1) / packedPanelColumns * packedPanelColumns
}

/// Packs wᵀ, where w is outputs × inputs: a linear layer's weight, or the keys of attention.
public func packTransposed(_ w: Span<Float>, _ layout: MatrixLayout, into packed: inout MutableSpan<Float>) {
    precondition(layout.fits(w.count), "pack: \(layout) exceeds \(w.count) floats")
    precondition(packedCount(inputs: layout.columns, outputs: layout.rows) <= packed.count, "pack: no room for \(layout)")
    guard layout.rows > 0, layout.columns > 0 else { return }
    unsafe w.withUnsafeBufferPointer { from in
        unsafe packed.withUnsafeMutableBufferPointer { to in
            // SAFETY: both extents were checked above; neither is empty; exclusive access rules out overlap.
            unsafe ck_gemm_pack_outputs_f32(
                from.baseAddress! + layout.offset, layout.rows, layout.columns, layout.stride, to.baseAddress)
        }
    }
}

/// Packs b, which is inputs × outputs.
public func pack(_ b: Span<Float>, _ layout: MatrixLayout, into packed: inout MutableSpan<Float>) {
    precondition(layout.fits(b.count), "pack: \(layout) exceeds \(b.count) floats")
    precondition(packedCount(inputs: layout.rows, outputs: layout.columns) <= packed.count, "pack: no room for \(layout)")
    guard layout.rows > 0, layout.columns > 0 else { return }
    unsafe b.withUnsafeBufferPointer { from in
        unsafe packed.withUnsafeMutableBufferPointer { to in
            // SAFETY: both extents were checked above; neither is empty; exclusive access rules out overlap.
            unsafe ck_gemm_pack_rows_f32(
                from.baseAddress! + layout.offset, layout.rows, layout.columns, layout.stride, to.baseAddress)
        }
    }
}

/// Computes C from A (m × inputs) and a packed B, on the calling thread, without allocating.
///
/// - Parameters:
///   - packed: B, packed by `pack` or `packTransposed`, with `la.columns` inputs; may be longer.
///   - bias: `lc.columns` floats; empty for none.
///   - c: m × outputs. Only its elements are written, not the gaps of its stride. C may have as many columns as the
///     panels: the columns beyond B's own are computed from zeros.
/// - Complexity: 2·m·inputs·outputs operations.
public func multiply(
    _ a: Span<Float>, _ la: MatrixLayout, packed: Span<Float>, bias: Span<Float>, _ result: ProductResult = .store,
    into c: inout MutableSpan<Float>, _ lc: MatrixLayout
) {
    let (m, k, n) = (la.rows, la.columns, lc.columns)
    precondition(lc.rows == m && la.fits(a.count) && lc.fits(c.count), "multiply: \(la) or \(lc) does not fit")
    precondition(packedCount(inputs: k, outputs: n) <= packed.count, "multiply: \(k) × \(n) exceeds \(packed.count) packed floats")
    precondition(bias.isEmpty || bias.count == n, "multiply: \(bias.count) biases for \(n) outputs")
    guard m > 0, n > 0 else { return }
    unsafe a.withUnsafeBufferPointer { pa in
        unsafe packed.withUnsafeBufferPointer { pb in
            unsafe bias.withUnsafeBufferPointer { bias in
                unsafe c.withUnsafeMutableBufferPointer { pc in
                    // SAFETY: every extent was checked above. With no inputs, neither a nor packed is read and either may
                    // be empty; c is not empty. A span's exclusive access rules out overlap; no pointer is kept.
                    unsafe ck_gemm_f32(
                        pa.baseAddress.map { unsafe $0 + la.offset }, m, k, la.stride, pb.baseAddress, n,
                        bias.isEmpty ? nil : bias.baseAddress, ck_gemm_result(result), pc.baseAddress! + lc.offset,
                        lc.stride)
                }
            }
        }
    }
}

extension ck_gemm_result {
    init(_ result: ProductResult) {
        self =
            switch result {
            case .store: CK_GEMM_STORE
            case .accumulate: CK_GEMM_ACCUMULATE
            case .gelu: CK_GEMM_GELU
            }
    }
}
