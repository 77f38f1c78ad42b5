internal import CKernels

/// Prefetches numbers that will be read soon, so that the memory latencies of several reads overlap.
public func prefetch(_ numbers: Span<Float>) {
    unsafe numbers.withUnsafeBytes { bytes in
        // SAFETY: nothing is read.
        unsafe ck_prefetch(bytes.baseAddress, bytes.count)
    }
}
