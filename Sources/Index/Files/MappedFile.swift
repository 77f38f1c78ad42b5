internal import Foundation

/// A regular file, mapped for reading as long as it is now. Files are replaced by renaming, and only ever appended to, so
/// the mapping stays whole even after its file has grown, been replaced or deleted.
@safe final class MappedFile: @unchecked Sendable {
    // @unchecked: the mapping is never written to, and unmapped once, when nobody refers to it.
    private let base: UnsafeMutableRawPointer?
    let count: Int

    /// - Parameter isReadAtRandom: whether reading ahead would be of no use.
    /// - Throws: `.missing` if there is no such file; `.unreadable` if it cannot be mapped.
    init(_ url: URL, isReadAtRandom: Bool = false) throws(SnapshotDefect) {
        let descriptor = unsafe open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw errno == ENOENT || errno == ENOTDIR ? .missing : .unreadable(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .unreadable(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .inconsistent("not a regular file") }
        count = Int(status.st_size)
        guard count > 0 else {
            unsafe base = nil
            return
        }
        let mapping = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard unsafe mapping != MAP_FAILED, let mapping = unsafe mapping else { throw .unreadable(errno) }
        unsafe base = mapping
        if isReadAtRandom { unsafe madvise(mapping, count, Int32(MADV_RANDOM)) }
    }

    deinit { if let base = unsafe base { unsafe munmap(base, count) } }

    /// `count` numbers that begin `offset` bytes into the file; the caller has checked that they are there, and
    /// `offset` is a multiple of their alignment.
    func withElements<Element: BitwiseCopyable, Result: ~Copyable, Failure: Error>(
        at offset: Int, count: Int, of type: Element.Type, _ body: (Span<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let (length, tooLong) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
        precondition(!tooLong && offset >= 0 && length >= 0 && length <= self.count - offset, "numbers outside a file")
        precondition(offset % MemoryLayout<Element>.alignment == 0, "numbers at \(offset)")
        // SAFETY: inside the mapping, which is aligned to a page and lives as long as `self`; only numbers are read
        // this way, and for them any bit pattern will do.
        let bytes = unsafe UnsafeRawBufferPointer(start: base.map { unsafe $0 + offset }, count: length)
        return unsafe try body(bytes.bindMemory(to: type).span)
    }
}
