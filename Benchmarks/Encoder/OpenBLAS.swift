import COpenBLAS

/// The library with which our matrix kernel is compared.
enum OpenBLAS {
    /// Limits the library to one thread, once, before the first product: the benchmark runs products on its own threads in parallel.
    private static let singleThreaded: Void = openblas_set_num_threads(1)

    /// The CPU family whose kernels the library selected, such as `Haswell`.
    static var coreName: String {
        guard let name = openblas_get_corename() else { return "unknown" }
        // SAFETY: the name is a NUL-terminated constant of the library.
        return String(cString: name)
    }

    /// Computes out ← X·Wᵀ in float32 on the calling thread, where X is rows × inputs and W is outputs × inputs, row-major without gaps.
    static func multiply(_ x: [Float], rows: Int, _ weight: [Float], outputs: Int, inputs: Int, into out: inout [Float]) {
        precondition(rows > 0 && outputs > 0 && inputs > 0, "empty product: \(rows) × \(inputs) × \(outputs)")
        precondition(
            x.count >= rows * inputs && weight.count >= outputs * inputs && out.count >= rows * outputs,
            "a matrix exceeds its array")
        _ = singleThreaded
        // SAFETY: the extents were checked above; the library keeps no pointer.
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, blasint(rows), blasint(outputs), blasint(inputs),
            1, x, blasint(inputs), weight, blasint(inputs), 0, &out, blasint(outputs))
    }
}
