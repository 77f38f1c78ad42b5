internal import Foundation

/// A fixed-address memory buffer for int8 codes. The single writer writes each byte once, before any reader refers to it.
@safe final class CodeBuffer: @unchecked Sendable {
    // @unchecked: a reader accesses only the bytes that were written when it received the buffer, and these never change.
    private let base: UnsafeMutableRawPointer
    let capacity: Int

    /// Minimum capacity in bytes for huge pages: graph search accesses rows at random.
    private static let largePagesFrom = 4 << 20

    /// - Parameter capacity: minimum capacity in bytes; unwritten pages take no memory.
    /// - Throws: `.exhausted`.
    init(capacity: Int) throws(IndexError) {
        let page = 4096
        let (rounded, overflow) = max(capacity, 1).addingReportingOverflow(page - 1)
        guard !overflow else { throw IndexError(.exhausted, "\(capacity) bytes of codes are too many") }
        self.capacity = rounded / page * page
        // Uses mmap instead of malloc, so that closing an index returns its memory to the system at once.
        let mapping = unsafe mmap(
            nil, self.capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard unsafe mapping != MAP_FAILED, let mapping = unsafe mapping else {
            throw IndexError(.exhausted, "\(capacity) bytes of codes cannot be allocated: error \(errno)")
        }
        unsafe base = mapping
        if self.capacity >= Self.largePagesFrom { unsafe madvise(mapping, self.capacity, Int32(MADV_HUGEPAGE)) }
    }

    deinit { unsafe munmap(base, capacity) }

    /// Copies `bytes` to `offset`.
    func write(_ bytes: Span<UInt8>, at offset: Int) {
        precondition(offset >= 0 && bytes.count <= capacity - offset, "\(bytes.count) bytes at \(offset) exceed the capacity \(capacity)")
        // SAFETY: the target is inside the mapping, which lives as long as `self`; the caller owns the source.
        unsafe bytes.withUnsafeBytes { source in
            guard let from = source.baseAddress else { return }
            unsafe memcpy(base + offset, from, source.count)
        }
    }

    /// Calls `body` with the first `count` bytes, to write them.
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
