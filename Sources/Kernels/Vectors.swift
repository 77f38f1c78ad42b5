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
