internal import CKernels

/// Returns Σ aᵢ·bᵢ in float32, with an error of at most `n · 2⁻²⁴ · Σ|aᵢbᵢ|` (Higham 2002, eq. 3.5); 0 for empty vectors.
public func dot(_ a: Span<Float>, _ b: Span<Float>) -> Float {
    precondition(a.count == b.count, "dot: vectors differ in length: \(a.count), \(b.count)")
    return unsafe a.withUnsafeBufferPointer { pa in
        unsafe b.withUnsafeBufferPointer { pb in
            // SAFETY: reads `count` floats of each, keeps neither.
            unsafe ck_dot_f32(pa.baseAddress, pb.baseAddress, pa.count)
        }
    }
}

/// Returns Σ xᵢ² in float32, with the error bound of `dot`.
public func squaredNorm(_ x: Span<Float>) -> Float {
    unsafe x.withUnsafeBufferPointer { p in
        // SAFETY: reads `count` floats, keeps no pointer.
        unsafe ck_sqnorm_f32(p.baseAddress, p.count)
    }
}

/// Divides `x` by its Euclidean norm. A vector whose norm is 0, NaN or ∞ is not changed.
///
/// - Returns: the norm of `x` before the division.
@discardableResult
public func l2Normalize(_ x: inout MutableSpan<Float>) -> Float {
    unsafe x.withUnsafeMutableBufferPointer { p in
        // SAFETY: reads and writes `count` floats, keeps no pointer.
        unsafe ck_normalize_f32(p.baseAddress, p.count)
    }
}

/// Returns `vector` divided by its Euclidean norm, or unchanged if the norm is 0, NaN or ∞.
public func l2Normalized(_ vector: [Float]) -> [Float] {
    var copy = vector
    var span = copy.mutableSpan
    l2Normalize(&span)
    return copy
}

/// Computes y ← y + alpha·x, component by component.
public func addScaled(_ alpha: Float, _ x: Span<Float>, to y: inout MutableSpan<Float>) {
    precondition(x.count == y.count, "addScaled: vectors differ in length: \(x.count), \(y.count)")
    unsafe x.withUnsafeBufferPointer { px in
        unsafe y.withUnsafeMutableBufferPointer { py in
            // SAFETY: reads `count` floats of x, reads and writes as many of y; exclusive access rules out overlap.
            unsafe ck_axpy_f32(alpha, px.baseAddress, py.baseAddress, px.count)
        }
    }
}

/// Computes x ← alpha·x.
public func scale(_ x: inout MutableSpan<Float>, by alpha: Float) {
    unsafe x.withUnsafeMutableBufferPointer { p in
        // SAFETY: reads and writes `count` floats, keeps no pointer.
        unsafe ck_scale_f32(alpha, p.baseAddress, p.count)
    }
}

/// Computes the dot product of `query` with each row: `scores[i] = query · rows[i]`.
///
/// - Parameters:
///   - rows: `scores.count` rows of `query.count` components, row-major, without gaps.
public func dotRows(_ query: Span<Float>, _ rows: Span<Float>, into scores: inout MutableSpan<Float>) {
    let d = query.count
    let (needed, overflow) = scores.count.multipliedReportingOverflow(by: d)
    precondition(!overflow && rows.count == needed, "dotRows: \(rows.count) floats are not \(scores.count) rows of \(d)")
    unsafe query.withUnsafeBufferPointer { q in
        unsafe rows.withUnsafeBufferPointer { r in
            unsafe scores.withUnsafeMutableBufferPointer { out in
                // SAFETY: reads d floats of q and count·d of r, writes `count` floats; extents checked above.
                unsafe ck_dot_rows_f32(q.baseAddress, d, r.baseAddress, d, out.count, out.baseAddress)
            }
        }
    }
}
