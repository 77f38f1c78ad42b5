internal import COpenBLAS

/// Limits OpenBLAS to one thread, once, before the first product: the server runs products on its own threads in parallel,
/// and additional OpenBLAS threads would compete with them for the CPUs.
private let singleThreadedBLAS: Void = openblas_set_num_threads(1)

/// Computes C ← A·B, or C ← C + A·B, in float32 on the calling thread.
///
/// - Parameters:
///   - a: m × k.
///   - b: k × n; with `transposeB` n × k, the shape of a linear layer's weight.
///   - c: m × n. Only its elements are written, not the gaps of its stride.
///   - accumulate: whether to add the product to `c`.
/// - Complexity: 2·m·n·k operations; OpenBLAS keeps its packing buffers from call to call.
public func multiply(
    _ a: Span<Float>, _ la: MatrixLayout, _ b: Span<Float>, _ lb: MatrixLayout, transposeB: Bool = false,
    into c: inout MutableSpan<Float>, _ lc: MatrixLayout, accumulate: Bool = false
) {
    let (m, k) = (la.rows, la.columns)
    let (n, kOfB) = transposeB ? (lb.rows, lb.columns) : (lb.columns, lb.rows)
    precondition(k == kOfB && lc.rows == m && lc.columns == n, "multiply: shapes do not match: \(la) by \(lb) into \(lc)")
    precondition(la.fits(a.count) && lb.fits(b.count) && lc.fits(c.count), "multiply: a matrix exceeds its buffer")
    guard m > 0, n > 0 else { return }
    precondition(k > 0, "multiply: the inner dimension must not be 0")
    _ = singleThreadedBLAS
    unsafe a.withUnsafeBufferPointer { pa in
        unsafe b.withUnsafeBufferPointer { pb in
            unsafe c.withUnsafeMutableBufferPointer { pc in
                // SAFETY: the extents were checked above against each span; layouts fit 32 bits by construction;
                // exclusive access to c rules out overlap; nothing is kept.
                unsafe cblas_sgemm(
                    CblasRowMajor, CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
                    blasint(m), blasint(n), blasint(k),
                    1, pa.baseAddress! + la.offset, blasint(la.stride),
                    pb.baseAddress! + lb.offset, blasint(lb.stride),
                    accumulate ? 1 : 0, pc.baseAddress! + lc.offset, blasint(lc.stride))
            }
        }
    }
}

/// Returns the CPU family whose kernels OpenBLAS selected, such as `Haswell`; for benchmark records.
public func blasCoreName() -> String {
    guard let name = unsafe openblas_get_corename() else { return "unknown" }
    // SAFETY: the name is a NUL-terminated constant of the library.
    return unsafe String(cString: name)
}
