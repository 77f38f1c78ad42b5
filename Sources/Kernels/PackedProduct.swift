internal import CKernels

// Products by our own kernels, whose right side B (inputs × outputs) was laid out in panels of 16 columns beforehand;
// `ck_gemm.h` spells the layout out. An element depends on its row of A and its column of B only, so that rows computed
// together and alone agree bit by bit.

/// What becomes of the product A·B.
public enum ProductResult: Sendable, CaseIterable {
    /// C ← A·B + bias
    case store
    /// C ← C + A·B + bias
    case accumulate
    /// C ← gelu(A·B + bias), as `addBiasGELU` has it.
    case gelu
}

/// Columns that stand together in the packed layout.
public let packedPanelColumns = CK_GEMM_PANEL

/// Columns that a step of the widest kernel takes together: work is best divided at its multiples.
public let packedStepColumns = 3 * packedPanelColumns

/// Floats of a packed matrix: outputs rounded up to whole panels, times inputs.
public func packedCount(inputs: Int, outputs: Int) -> Int {
    precondition(inputs >= 0 && outputs >= 0, "a packed matrix of \(inputs) × \(outputs)")
    let columns = roundedToPanels(outputs)
    let (count, overflow) = columns.multipliedReportingOverflow(by: inputs)
    precondition(!overflow, "a packed matrix of \(inputs) × \(outputs)")
    return count
}

/// `columns` rounded up to whole panels.
public func roundedToPanels(_ columns: Int) -> Int {
    (columns + packedPanelColumns - 1) / packedPanelColumns * packedPanelColumns
}

/// packed ← wᵀ, w being outputs × inputs: a linear layer's weight, or the keys that queries are compared with.
public func packTransposed(_ w: Span<Float>, _ layout: MatrixLayout, into packed: inout MutableSpan<Float>) {
    precondition(layout.fits(w.count), "pack: \(layout) in \(w.count) floats")
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

/// packed ← b, b being inputs × outputs.
public func pack(_ b: Span<Float>, _ layout: MatrixLayout, into packed: inout MutableSpan<Float>) {
    precondition(layout.fits(b.count), "pack: \(layout) in \(b.count) floats")
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

/// C from A (m × inputs) and a packed B, on the calling thread. Allocates nothing.
///
/// - Parameters:
///   - packed: B as `pack` and `packTransposed` lay it out, `la.columns` inputs; may be longer.
///   - bias: `lc.columns` floats; empty for none.
///   - c: m × outputs. Only its elements are written, not what lies in the gaps of its stride. As many outputs as the
///     panels have columns may be asked for: those beyond the matrix's own are what zeros give.
/// - Complexity: 2·m·inputs·outputs operations.
public func multiply(
    _ a: Span<Float>, _ la: MatrixLayout, packed: Span<Float>, bias: Span<Float>, _ result: ProductResult = .store,
    into c: inout MutableSpan<Float>, _ lc: MatrixLayout
) {
    let (m, k, n) = (la.rows, la.columns, lc.columns)
    precondition(lc.rows == m && la.fits(a.count) && lc.fits(c.count), "multiply: \(la) of \(a.count) into \(lc) of \(c.count)")
    precondition(packedCount(inputs: k, outputs: n) <= packed.count, "multiply: \(k) × \(n) in \(packed.count) packed floats")
    precondition(bias.isEmpty || bias.count == n, "multiply: \(bias.count) biases for \(n) outputs")
    guard m > 0, n > 0 else { return }
    unsafe a.withUnsafeBufferPointer { pa in
        unsafe packed.withUnsafeBufferPointer { pb in
            unsafe bias.withUnsafeBufferPointer { bias in
                unsafe c.withUnsafeMutableBufferPointer { pc in
                    // SAFETY: every extent was checked above. With no inputs neither a nor packed is read and either may
                    // be empty; c is not. A span's exclusive access rules out overlap; nothing is kept.
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
