internal import CKernels

/// Asks for numbers that will be read soon, so that several of such reads wait for memory together.
public func prefetch(_ numbers: Span<Float>) {
    unsafe numbers.withUnsafeBytes { bytes in
        // SAFETY: nothing is read.
        unsafe ck_prefetch(bytes.baseAddress, bytes.count)
    }
}
