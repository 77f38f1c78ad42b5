internal import CKernels
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The reason why a file cannot be mapped.
public enum FileMappingError: Error, Equatable {
    case missing
    /// Opening it failed with this `errno`.
    case notOpened(Int32)
    case notRegular
    /// Sizes in bytes.
    case tooLarge(Int, limit: Int)
    /// Mapping it failed with this `errno`.
    case notMapped(Int32)
}

/// A regular file, memory-mapped for reading at its current length and shared with every process that maps it. The mapping stays
/// valid after its file has grown or been replaced or deleted.
///
/// Another program may truncate the file at any time. An ordinary access to a page past the new end ends the process with SIGBUS;
/// the functions of this type return `nil` instead, at no extra cost. The rest of the page with the new end reads as zeros.
@safe public final class FileMapping {
    /// Size of the mapping, in bytes.
    public let count: Int
    /// The mapping; `nil` if the file was empty.
    private let start: UnsafeMutableRawPointer?

    /// - Parameters:
    ///   - limit: maximum size of the file, in bytes.
    ///   - isReadAtRandom: whether accesses are random, so that the kernel does not read ahead.
    public init(path: String, limit: Int = .max, isReadAtRandom: Bool = false) throws(FileMappingError) {
        // Without O_NONBLOCK, opening a FIFO would wait for its writer.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw errno == ENOENT || errno == ENOTDIR ? .missing : .notOpened(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .notOpened(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular }
        count = Int(status.st_size)
        guard count <= limit else { throw .tooLarge(count, limit: limit) }
        guard count > 0 else {
            unsafe start = nil
            return
        }
        // SAFETY: a fresh private mapping of `count` bytes, unmapped once, in deinit.
        guard let start = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), unsafe start != MAP_FAILED else {
            throw .notMapped(errno)
        }
        unsafe self.start = start
        if isReadAtRandom { advise(MADV_RANDOM) }
    }

    deinit { if let start = unsafe start { unsafe munmap(start, count) } }

    /// Asks the kernel to read the file ahead of its use.
    public func prefetch() { advise(MADV_WILLNEED) }

    /// Releases the file's pages from this process's memory; the next access reads them from the file again.
    public func releasePages() { advise(MADV_DONTNEED) }

    private func advise(_ advice: Int32) {
        // SAFETY: our own read-only mapping, which the file backs: its content cannot be lost.
        if let start = unsafe start { _ = unsafe madvise(start, count, advice) }
    }

    /// Returns a copy of `count` bytes from `offset`; `nil` if the range is outside the mapping or the file was truncated.
    public func bytes(at offset: Int, count: Int) -> [UInt8]? { copy(at: offset, count: count, of: UInt8.self) }

    /// Returns a copy of `count` floats from byte `offset`; `nil` as for `bytes`.
    public func floats(at offset: Int, count: Int) -> [Float]? { copy(at: offset, count: count, of: Float.self) }

    private func copy<Number: BitwiseCopyable>(at offset: Int, count: Int, of type: Number.Type) -> [Number]? {
        let length = count * MemoryLayout<Number>.stride
        guard let bytes = unsafe pointer(offset, length) else { return contains(offset, length) ? [] : nil }
        var isWhole = false
        let copy = unsafe [Number](unsafeUninitializedCapacity: count) { buffer, initialized in
            // SAFETY: the sizes in bytes are equal, any bit pattern is a valid number, and the C function handles a truncated file.
            isWhole = unsafe ck_copy_mapped(buffer.baseAddress, bytes, length) == 1
            initialized = isWhole ? count : 0
        }
        extendLifetime(self)
        return isWhole ? copy : nil
    }

    /// Returns the dot product of `vector` with the floats of each of `rows`. Row `i` begins at byte `offset + i * stride`; both
    /// are multiples of four. Returns `nil` if a row is outside the mapping or the file was truncated.
    public func dotProducts(_ vector: [Float], offset: Int, stride: Int, rows: [UInt32]) -> [Float]? {
        precondition(offset % 4 == 0 && stride % 4 == 0, "mapped: an offset of \(offset) or a stride of \(stride) bytes is not aligned")
        guard let last = rows.max() else { return [] }
        let rowBytes = vector.count * MemoryLayout<Float>.stride
        guard let base = unsafe pointer(offset, stride * Int(last) + rowBytes) else { return nil }
        var scores = [Float](repeating: 0, count: rows.count)
        // SAFETY: every row ends inside the mapping, and the C function handles a truncated file.
        let isWhole = unsafe ck_dot_mapped(
            vector, vector.count, base.assumingMemoryBound(to: UInt8.self), stride, rows, rows.count, &scores)
        extendLifetime(self)
        return isWhole == 1 ? scores : nil
    }

    private func contains(_ offset: Int, _ length: Int) -> Bool {
        offset >= 0 && length >= 0 && offset <= count && length <= count - offset
    }

    /// Returns the start of a range of bytes, valid as long as this object; `nil` if it is empty or outside the mapping. Only C functions
    /// that handle a truncated file may read it.
    func pointer(_ offset: Int, _ length: Int) -> UnsafeRawPointer? {
        guard length > 0, contains(offset, length), let start = unsafe start else { return nil }
        return unsafe UnsafeRawPointer(start + offset)
    }
}

// SAFETY: the mapping is never written to, and unmapped once, in `deinit`.
extension FileMapping: @unchecked Sendable {}
