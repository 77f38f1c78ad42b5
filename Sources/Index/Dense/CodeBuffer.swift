internal import Foundation

/// Memory for codes that never moves. Bytes past those that anyone refers to may be written, once, by the one writer.
@safe final class CodeBuffer: @unchecked Sendable {
    // @unchecked: whoever reads knows how many bytes were there when it was handed the buffer, and those stay as they are.
    private let base: UnsafeMutableRawPointer
    let capacity: Int

    /// From here on the system is asked for large pages: a walk through a graph touches rows all over the place.
    private static let largePagesFrom = 4 << 20

    /// - Parameter capacity: bytes, at least; what is not written takes no memory.
    /// - Throws: `.exhausted`.
    init(capacity: Int) throws(IndexError) {
        let page = 4096
        let (rounded, overflow) = max(capacity, 1).addingReportingOverflow(page - 1)
        guard !overflow else { throw IndexError(.exhausted, "\(capacity) bytes of codes") }
        self.capacity = rounded / page * page
        // Mapped rather than allocated, so that the memory of a closed index goes back to the system at once.
        let mapping = unsafe mmap(
            nil, self.capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard unsafe mapping != MAP_FAILED, let mapping = unsafe mapping else {
            throw IndexError(.exhausted, "\(capacity) bytes of codes: error \(errno)")
        }
        unsafe base = mapping
        if self.capacity >= Self.largePagesFrom { unsafe madvise(mapping, self.capacity, Int32(MADV_HUGEPAGE)) }
    }

    deinit { unsafe munmap(base, capacity) }

    /// Copies `bytes` to `offset`.
    func write(_ bytes: Span<UInt8>, at offset: Int) {
        precondition(offset >= 0 && bytes.count <= capacity - offset, "\(bytes.count) bytes at \(offset) of \(capacity)")
        // SAFETY: inside the mapping, which lives as long as `self`; the source belongs to the caller.
        unsafe bytes.withUnsafeBytes { source in
            guard let from = source.baseAddress else { return }
            unsafe memcpy(base + offset, from, source.count)
        }
    }

    /// Lends the first `count` bytes to be written.
    func fill<Failure: Error>(_ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
        precondition(count >= 0 && count <= capacity, "\(count) bytes of \(capacity)")
        // SAFETY: inside the mapping, which lives as long as `self`.
        try unsafe body(UnsafeMutableRawBufferPointer(start: base, count: count))
    }

    func withBytes<Result: ~Copyable, Failure: Error>(
        _ count: Int, _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(count >= 0 && count <= capacity, "\(count) bytes of \(capacity)")
        // SAFETY: inside the mapping, which lives as long as `self`; anonymous memory is zero until it is written.
        let bytes = unsafe UnsafeRawBufferPointer(start: base, count: count)
        return unsafe try body(bytes.bindMemory(to: UInt8.self).span)
    }
}
