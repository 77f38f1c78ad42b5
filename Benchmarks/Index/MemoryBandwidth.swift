import Foundation

/// Measures the read bandwidth of one thread for a working set, which depends on the cache that it fits in.
@safe struct MemoryBandwidth: ~Copyable {
    private let base: UnsafeMutableRawPointer
    private let bytes: Int

    /// Allocates a working set of `bytes`, on large pages as the index's codes are, and writes it.
    init(bytes: Int) {
        self.bytes = bytes
        unsafe base = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 2 << 20)
        unsafe madvise(base, bytes, Int32(MADV_HUGEPAGE))
        unsafe memset(base, 1, bytes)
    }

    deinit { unsafe base.deallocate() }

    /// Returns the time of one pass over the working set: a search for a byte that it does not contain, which the C library does with
    /// the widest loads and little arithmetic.
    func passSeconds() -> Double {
        ContinuousClock().measure { precondition(unsafe memchr(base, 2, bytes) == nil) } / .seconds(1)
    }
}
